/** The config files beside the weights, merged into one. */

import { join } from "node:path";
import { type CheckpointConfig, isJsonObject } from "./config.ts";
import { parseImageProcessor } from "./image_processor.ts";
import { isOpenClipConfig, parseOpenClipConfig } from "./open_clip.ts";
import { readJsonFile } from "./json_file.ts";
import type { Layout } from "../naming/layouts.ts";
import { parseMClipConfig } from "./m_clip.ts";
import { readTokenizerSettings } from "./tokenizer_files.ts";
import { isTransformersConfig, parseTransformersConfig } from "./transformers.ts";

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
export function configBeside(folder: string, layout: Layout): CheckpointConfig | undefined {
  const openClip = openClipConfig(folder);
  const huggingFace = huggingFaceConfig(folder);
  const processor = imageProcessorConfig(folder);
  const transformers = layout.configs === "transformers";
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

/**
 * What the file beside a text tower of M-CLIP says.
 *
 * @throws {ClipError} if it is no JSON
 */
export function textConfigBeside(folder: string): CheckpointConfig | undefined {
  const file = "config.json";
  const json = readJsonFile(join(folder, file));
  return json === undefined ? undefined : parseMClipConfig(json, file);
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
  if (json === undefined || !isOpenClipConfig(json)) return undefined;
  return parseOpenClipConfig(json, file, readTokenizerSettings(folder));
}

function huggingFaceConfig(folder: string): CheckpointConfig | undefined {
  const file = "config.json";
  const json = readJsonFile(join(folder, file));
  if (json === undefined || !isTransformersConfig(json)) return undefined;
  return parseTransformersConfig(json, file, readTokenizerSettings(folder));
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
