/** The config files beside the weights, merged into one. */

import { join } from "node:path";
import type { CheckpointConfig } from "./config.ts";
import {
  isHuggingFaceClip,
  parseHuggingFaceConfig,
  parsePreprocessorConfig,
} from "./hugging_face.ts";
import { isOpenClipConfig, parseOpenClipConfig } from "./open_clip.ts";
import { readJsonFile } from "./json_file.ts";
import type { NamingScheme } from "../naming/naming.ts";

/**
 * What the files beside the weights say. Repositories often hold both layouts: the one whose names
 * the weights use comes first, the other only fills gaps in the image statistics.
 *
 * @param folder of the weights
 * @throws {ClipError} if one of them is no JSON
 */
export function configBeside(folder: string, scheme: NamingScheme): CheckpointConfig | undefined {
  const openClip = openClipConfig(folder);
  const huggingFace = huggingFaceConfig(folder);
  const preprocessor = preprocessorConfig(folder);
  const model = scheme === "huggingface" ? huggingFace ?? openClip : openClip ?? huggingFace;
  const statistics = [
    model,
    scheme === "huggingface" ? preprocessor : undefined,
    openClip,
    preprocessor,
  ]
    .find((config) => config?.mean !== undefined && config.std !== undefined);
  if (model === undefined) return preprocessor;
  return {
    ...model,
    ...(statistics?.mean === undefined ? {} : { mean: statistics.mean }),
    ...(statistics?.std === undefined ? {} : { std: statistics.std }),
  };
}

function openClipConfig(folder: string): CheckpointConfig | undefined {
  const file = "open_clip_config.json";
  const json = readJsonFile(join(folder, file));
  return json !== undefined && isOpenClipConfig(json) ? parseOpenClipConfig(json, file) : undefined;
}

function huggingFaceConfig(folder: string): CheckpointConfig | undefined {
  const file = "config.json";
  const json = readJsonFile(join(folder, file));
  return json !== undefined && isHuggingFaceClip(json)
    ? parseHuggingFaceConfig(json, file)
    : undefined;
}

function preprocessorConfig(folder: string): CheckpointConfig | undefined {
  const file = "preprocessor_config.json";
  const json = readJsonFile(join(folder, file));
  return json === undefined ? undefined : parsePreprocessorConfig(json, file);
}
