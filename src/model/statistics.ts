/** What files beside ONNX graphs say of the image preprocessing. */
import { join } from "node:path";
import { type Channels, isJsonObject, positiveInteger } from "../checkpoint/configs/config.ts";
import { isOpenClipConfig, parseOpenClipConfig } from "../checkpoint/configs/open_clip.ts";
import { parsePreprocessorConfig } from "../checkpoint/configs/hugging_face.ts";
import { readJsonFile } from "../checkpoint/configs/json_file.ts";

/** Facts about a model's input images. */
export interface ImageFacts {
  mean?: Channels;
  std?: Channels;
  /** Side in pixels. */
  imageSize?: number;
}

/**
 * Reads `open_clip_config.json` or `preprocessor_config.json` in the first folder that has one.
 * @throws {ClipError} "model" if one is no JSON.
 */
export function readImageFacts(folders: readonly string[]): ImageFacts {
  for (const folder of folders) {
    const openClip = readJsonFile(join(folder, "open_clip_config.json"));
    if (openClip !== undefined && isOpenClipConfig(openClip)) {
      const { mean, std, sizes } = parseOpenClipConfig(openClip, "open_clip_config.json");
      const size = sizes.find((stated) => stated.of === "imageSize")?.value;
      return facts(mean, std, typeof size === "number" ? size : undefined);
    }
    const json = readJsonFile(join(folder, "preprocessor_config.json"));
    if (json !== undefined) {
      const { mean, std } = parsePreprocessorConfig(json, "preprocessor_config.json");
      return facts(
        mean,
        std,
        preprocessorSize(json["crop_size"]) ?? preprocessorSize(json["size"]),
      );
    }
  }
  return {};
}

/** A size as a number, `{height, width}` or `{shortest_edge}`. */
function preprocessorSize(value: unknown): number | undefined {
  if (!isJsonObject(value)) return positiveInteger(value);
  return positiveInteger(value["height"]) ?? positiveInteger(value["shortest_edge"]);
}

function facts(
  mean: Channels | undefined,
  std: Channels | undefined,
  imageSize: number | undefined,
): ImageFacts {
  return {
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
    ...(imageSize === undefined ? {} : { imageSize }),
  };
}
