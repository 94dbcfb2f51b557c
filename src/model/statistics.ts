/** What files beside ONNX graphs say of the image preprocessing. */
import { join } from "node:path";
import { imageProcessorConfig } from "../checkpoint/configs/beside.ts";
import type { CheckpointConfig } from "../checkpoint/configs/config.ts";
import type { Channels } from "../checkpoint/configs/image_statistics.ts";
import { isOpenClipConfig, parseOpenClipConfig } from "../checkpoint/configs/open_clip.ts";
import { readJsonFile } from "../checkpoint/configs/json_file.ts";
import { resizeOf, type StatedResize } from "../checkpoint/facts.ts";
import { listFaults } from "../checkpoint/refuse.ts";
import type { ImageLibrary, ImageResize } from "../checkpoint/state_dict.ts";
import { ClipError } from "../errors.ts";

/** Facts about a model's input images. */
export interface ImageFacts {
  mean?: Channels;
  std?: Channels;
  /** Side in pixels. */
  imageSize?: number;
  /** Absent: OpenAI's way. */
  resize?: ImageResize;
  /** Absent: torchvision's. */
  imageLibrary?: ImageLibrary;
}

/**
 * Reads `open_clip_config.json`, or the image processor of `processor_config.json` or
 * `preprocessor_config.json`, in the first folder that has one.
 * @throws {ClipError} "model" if one is no JSON, or asks for what is not supported.
 */
export function readImageFacts(folders: readonly string[]): ImageFacts {
  for (const folder of folders) {
    const openClip = readJsonFile(join(folder, "open_clip_config.json"));
    if (openClip !== undefined && isOpenClipConfig(openClip)) {
      return facts(parseOpenClipConfig(openClip, "open_clip_config.json", {}), folder);
    }
    const processor = imageProcessorConfig(folder);
    if (processor !== undefined) {
      return { ...facts(processor, folder), imageLibrary: "transformers" };
    }
  }
  return {};
}

function facts(
  { file, mean, std, resize, sizes, unsupported }: CheckpointConfig,
  folder: string,
): ImageFacts {
  if (unsupported.length > 0) {
    throw new ClipError(
      "model",
      `Cannot use the model as '${join(folder, file)}' says:${listFaults(unsupported)}`,
    );
  }
  const size = sizes.find(({ of }) => of === "imageSize")?.value;
  const to = resize?.to ?? undefined;
  const shortest = to !== undefined && "shortest" in to ? to.shortest : undefined;
  const imageSize = typeof size === "number" ? size : shortest;
  const settled = resize === undefined ? undefined : settledResize(resize, imageSize, file);
  return {
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
    ...(imageSize === undefined ? {} : { imageSize }),
    ...(settled === undefined ? {} : { resize: settled }),
  };
}

function settledResize(
  stated: StatedResize,
  imageSize: number | undefined,
  file: string,
): ImageResize | undefined {
  const own = stated.filter === "bicubic" && (stated.mode ?? "shortest") === "shortest";
  if (stated.to !== undefined || imageSize !== undefined) {
    return resizeOf(stated, imageSize ?? NaN);
  }
  if (own) return undefined;
  throw new ClipError(
    "model",
    `'${file}' says how images are resized, but not to what size: write its 'size'`,
  );
}
