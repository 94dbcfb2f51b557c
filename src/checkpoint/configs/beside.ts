/** The config files beside the weights, merged into one. */

import { join } from "node:path";
import { type CheckpointConfig, isJsonObject } from "./config.ts";
import { isHuggingFaceClip, parseHuggingFaceConfig } from "./hugging_face.ts";
import { parseImageProcessor } from "./image_processor.ts";
import { isOpenClipConfig, parseOpenClipConfig } from "./open_clip.ts";
import { readJsonFile } from "./json_file.ts";
import type { NamingScheme } from "../naming/naming.ts";

/** Every config that is read, wherever it lies beside. */
export const CONFIG_FILES = [
  "config.json",
  "open_clip_config.json",
  "processor_config.json",
  "preprocessor_config.json",
] as const;

/**
 * What the files beside the weights say. Repositories often hold both layouts: the one whose names
 * the weights use comes first, the other only fills gaps in what is said of images.
 *
 * @param folder of the weights
 * @throws {ClipError} if one of them is no JSON
 */
export function configBeside(folder: string, scheme: NamingScheme): CheckpointConfig | undefined {
  const openClip = openClipConfig(folder);
  const huggingFace = huggingFaceConfig(folder);
  const processor = imageProcessorConfig(folder);
  const transformers = scheme === "huggingface";
  const model = transformers ? huggingFace ?? openClip : openClip ?? huggingFace;
  const sources = transformers ? [processor, openClip] : [openClip, processor];
  const images = sources.find((config) =>
    config !== undefined && (saysStatistics(config) || config.resize !== undefined)
  );
  if (model === undefined) return images ?? processor;
  if (images === undefined || images === model) return withoutPreprocessing(model, processor);
  const statistics = saysStatistics(images) ? images : sources.find(saysStatistics);
  return {
    ...model,
    ...(statistics?.mean === undefined ? {} : { mean: statistics.mean }),
    ...(statistics?.std === undefined ? {} : { std: statistics.std }),
    ...(images.resize === undefined ? {} : { resize: images.resize }),
    ...faultsOf(model, images),
  };
}

function saysStatistics(config: CheckpointConfig | undefined): boolean {
  return config?.mean !== undefined && config.std !== undefined;
}

/** A model's config where nothing else was said of images, or nothing that could be read. */
function withoutPreprocessing(
  model: CheckpointConfig,
  processor: CheckpointConfig | undefined,
): CheckpointConfig {
  return saysStatistics(model) || processor === undefined
    ? model
    : { ...model, ...faultsOf(model, processor) };
}

/** What both demand, that of the second one under its file's name. */
function faultsOf(
  model: CheckpointConfig,
  images: CheckpointConfig,
): Pick<CheckpointConfig, "sizes" | "unsupported"> {
  return {
    sizes: [
      ...model.sizes,
      ...images.sizes.map((size) => ({ ...size, key: `${images.file}: ${size.key}` })),
    ],
    unsupported: [
      ...model.unsupported,
      ...images.unsupported.map((fault) => `${images.file}: ${fault}`),
    ],
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

/**
 * The image processor of a folder: that of the processor, which newer transformers write, before
 * the one in a file of its own.
 *
 * @throws {ClipError} if one of the files is no JSON
 */
export function imageProcessorConfig(folder: string): CheckpointConfig | undefined {
  const nested = readJsonFile(join(folder, "processor_config.json"))?.["image_processor"];
  if (isJsonObject(nested)) {
    return { file: "processor_config.json", ...parseImageProcessor(nested) };
  }
  const file = "preprocessor_config.json";
  const json = readJsonFile(join(folder, file));
  return json === undefined ? undefined : { file, ...parseImageProcessor(json) };
}
