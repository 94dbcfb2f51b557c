/** From an executor's configuration to a model's graphs on disk: found, fetched or converted. */
import { join } from "node:path";
import { ClipError } from "../errors.ts";
import type { ExecutorConfig } from "../flow/config.ts";
import { convertCached, type ConvertedModel } from "../graph/conversion_cache.ts";
import { MANIFEST_NAME, readManifest } from "../graph/manifest.ts";
import { type CatalogEntry, findModel, spellingsOf } from "../model/catalog/catalog.ts";
import { conversionSource } from "../model/conversion.ts";
import { findOnnxFiles } from "../model/onnx_directory.ts";
import { unpackGraph } from "../model/onnx_zip.ts";
import { OPENAI_MEAN, OPENAI_STD, readImageFacts } from "../model/statistics.ts";
import { resolveOnnx } from "../model/store/onnx.ts";
import type { ProgressReporter } from "../model/store/progress.ts";
import { cacheDirectory } from "../model/store/settings.ts";
import { resolveWeights } from "../model/store/weights.ts";
import type { ModelFiles } from "../runtime/model.ts";
import type { Log } from "../telemetry/log.ts";

/** A model ready to be opened by replicas. */
export interface PreparedModel {
  files: ModelFiles;
  /** All spellings of its name. */
  names: readonly string[];
  /** Where it came from, for the log and `/status`. */
  source: string;
  /** Number format of its weights. */
  dtype: string;
}

/** What the preparation needs beside the configuration. */
export interface PrepareContext {
  /** What kind of device the graphs are for. */
  target: "cpu" | "gpu";
  log: Log;
  progress: ProgressReporter;
  signal?: AbortSignal;
}

/** Vocabulary and context of every published CLIP (openai/CLIP, `simple_tokenizer.py`). */
const CONTEXT_LENGTH = 77;
const VOCAB_SIZE = 49_408;

/**
 * Prepares the model of an executor.
 * @throws {ClipError} "config" or "model" with what is wrong; "unavailable" if it cannot be fetched.
 */
export async function prepareModel(
  config: ExecutorConfig,
  context: PrepareContext,
): Promise<PreparedModel> {
  const { name, modelPath, dtype } = config.encoder;
  const lookup = findModel(name);
  const entry = lookup.ok ? lookup.model : undefined;
  if (config.runtime === "torch") {
    return await fromCheckpoint(config, entry, context);
  }
  if (modelPath !== null) return await fromOnnxDirectory(modelPath, config, entry);
  if (!entry) throw new ClipError("config", lookup.ok ? "" : lookup.message);
  const found = dtype === "fp32"
    ? await resolveOnnx(entry, { ...storeOptions(context) })
    : undefined;
  if (found) {
    return {
      files: foreignFiles(found.textual, found.visual, [found.path], entry),
      names: spellingsOf(entry),
      source: found.source,
      dtype,
    };
  }
  context.log.info("No ready ONNX files: the PyTorch weights are converted", { model: entry.name });
  return await fromCheckpoint(config, entry, context);
}

/** Graphs that somebody exported, in a directory. */
async function fromOnnxDirectory(
  directory: string,
  config: ExecutorConfig,
  entry: CatalogEntry | undefined,
): Promise<PreparedModel> {
  const { name, dtype } = config.encoder;
  const names = entry ? spellingsOf(entry) : [name];
  if (exists(join(directory, MANIFEST_NAME))) {
    const manifest = await readManifest(directory);
    const model: ConvertedModel = { directory, manifest, fresh: false };
    return { files: convertedFiles(model), names, source: directory, dtype: manifest.dtype };
  }
  if (dtype !== "fp32") {
    throw new ClipError(
      "config",
      `dtype '${dtype}' cannot be applied to the ready ONNX files of '${directory}': use the torch runtime, which builds its graphs, or leave it out`,
    );
  }
  const found = findOnnxFiles(directory);
  const textual = await unpackGraph(found.textual);
  const visual = await unpackGraph(found.visual);
  return {
    files: foreignFiles(textual, visual, found.folders, entry),
    names,
    source: directory,
    dtype,
  };
}

/** PyTorch or safetensors weights, converted once. */
async function fromCheckpoint(
  config: ExecutorConfig,
  entry: CatalogEntry | undefined,
  context: PrepareContext,
): Promise<PreparedModel> {
  const { name, modelPath, dtype } = config.encoder;
  const path = modelPath ??
    (await resolveWeights(required(entry, name), storeOptions(context))).path;
  const source = await conversionSource(path, entry);
  const transfer = context.progress.begin(`Converting ${name}`, 0, undefined);
  let converted: ConvertedModel;
  try {
    converted = await convertCached({
      ...source,
      open: async () => {
        const state = await source.open();
        for (const note of state.notes) context.log.info(note, { model: name });
        return state;
      },
    }, {
      cacheRoot: cacheDirectory(),
      dtype,
      target: context.target,
      pixels: "uint8",
      ...(context.signal === undefined ? {} : { signal: context.signal }),
      onProgress: (phase, done, total) => {
        if (phase === "converting") transfer.update(done, total);
      },
    });
    transfer.end(true);
  } catch (thrown) {
    transfer.end(false);
    throw thrown;
  }
  context.log.info(converted.fresh ? "Model converted" : "Converted model found", {
    model: name,
    directory: converted.directory,
  });
  const names = entry ? spellingsOf(entry) : [name];
  return { files: convertedFiles(converted), names, source: path, dtype };
}

function convertedFiles({ directory, manifest }: ConvertedModel): ModelFiles {
  const { mean, std, vision, text } = manifest.architecture;
  return {
    textual: join(directory, "textual.onnx"),
    visual: join(directory, "visual.onnx"),
    imageSize: vision.imageSize,
    mean,
    std,
    contextLength: text.contextLength,
    vocabSize: text.vocabSize,
    alreadyOptimized: false,
  };
}

function foreignFiles(
  textual: string,
  visual: string,
  folders: readonly string[],
  entry: CatalogEntry | undefined,
): ModelFiles {
  const facts = readImageFacts(folders);
  const known = entry?.architecture;
  const imageSize = facts.imageSize ?? known?.vision.imageSize;
  return {
    textual,
    visual,
    mean: facts.mean ?? known?.mean ?? OPENAI_MEAN,
    std: facts.std ?? known?.std ?? OPENAI_STD,
    contextLength: CONTEXT_LENGTH,
    vocabSize: VOCAB_SIZE,
    alreadyOptimized: false,
    ...(imageSize === undefined ? {} : { imageSize }),
  };
}

function required(entry: CatalogEntry | undefined, name: string): CatalogEntry {
  if (entry) return entry;
  const lookup = findModel(name);
  throw new ClipError("config", lookup.ok ? `There is no model '${name}'` : lookup.message);
}

function storeOptions(context: PrepareContext) {
  return {
    log: (line: string) => context.log.info(line),
    progress: context.progress,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
