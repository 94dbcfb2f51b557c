/** From an executor's configuration to a model's graphs on disk: found, fetched or converted. */
import type { CheckpointPath } from "../checkpoint/locate.ts";
import { join } from "node:path";
import { ClipError } from "../errors.ts";
import type { ExecutorConfig } from "../flow/config.ts";
import { type ConvertedModel, findConverted } from "../graph/conversion_cache.ts";
import { MANIFEST_NAME, readManifest } from "../graph/manifest.ts";
import {
  type CatalogEntry,
  findModel,
  findModelBySha256,
  type ModelLookup,
  spellingsOf,
} from "../model/catalog/catalog.ts";
import { refusal } from "../model/catalog/refused.ts";
import { misfits } from "../model/catalog/misfits.ts";
import { conversionSource } from "../model/conversion.ts";
import { ConversionProgress } from "../model/conversion_progress.ts";
import { findOnnxFiles } from "../model/onnx_directory.ts";
import { unpackGraph } from "../model/onnx_zip.ts";
import { copyBucketModel } from "../model/store/bucket/bucket_model.ts";
import { resolveOnnx } from "../model/store/onnx.ts";
import type { ProgressReporter } from "../model/store/progress.ts";
import { readStoreSettings, type StoreSettings } from "../model/store/settings.ts";
import type { StoreOptions } from "../model/store/store.ts";
import { checkpointPath, resolveWeights } from "../model/store/weights.ts";
import type { ModelFiles } from "../runtime/model.ts";
import type { Similarity } from "../service/rank.ts";
import { isObjectAddress } from "../storage/object_address.ts";
import type { ObjectStores } from "../storage/open_store.ts";
import type { Log } from "../telemetry/log.ts";
import { convertInWorker } from "./conversion_worker.ts";
import { convertedFiles, foreignFiles, similarityOf } from "./model_files.ts";
import { checkModelFolder, checkModelPath } from "./model_path.ts";

/** A model ready to be opened by replicas. */
export interface PreparedModel {
  files: ModelFiles;
  /** All spellings of its name. */
  names: readonly string[];
  /** Where it came from, for the log and `/status`. */
  source: string;
  /** Number format of its weights. */
  dtype: string;
  /** Whether something was fetched or converted for it just now. */
  fresh: boolean;
  /** What its cosines mean; absent: their softmax. */
  similarity?: Similarity;
}

/** Where models are looked for. */
export interface ModelLookups {
  /** Where models are kept and asked for; by default as the environment says. */
  settings?: StoreSettings;
  /** How buckets are reached; as the environment says by default. */
  openStores?: (() => Promise<ObjectStores>) | undefined;
  /** Where names are looked up; by default in the catalog. */
  findModel?: (name: string) => ModelLookup;
}

/** What the preparation needs beside the configuration. */
export interface PrepareContext extends ModelLookups {
  /** What kind of device the graphs are for. */
  target: "cpu" | "gpu";
  /** Number format for that device: the flow's, or the device's own if the flow names none. */
  dtype: "fp32" | "fp16" | "int8";
  log: Log;
  progress: ProgressReporter;
  /** Ends downloads, waiting and conversions. */
  signal?: AbortSignal;
}

/** The context with its defaults filled in, and the name looked up. */
interface Preparation extends PrepareContext {
  settings: StoreSettings;
  lookup: ModelLookup;
  /** What the catalog knows of the name, if anything. */
  entry: CatalogEntry | undefined;
}

/**
 * Prepares the model of an executor.
 * @throws {ClipError} "config" or "model" with what is wrong; "unavailable" if it cannot be fetched.
 */
export async function prepareModel(
  config: ExecutorConfig,
  context: PrepareContext,
): Promise<PreparedModel> {
  const { name, modelPath } = config.encoder;
  if (modelPath !== null && isObjectAddress(modelPath)) return await fromBucket(config, context);
  const { dtype } = context;
  const lookup = (context.findModel ?? findModel)(name);
  const entry = lookup.ok ? lookup.model : undefined;
  const settings = context.settings ?? readStoreSettings();
  const preparation: Preparation = { ...context, settings, lookup, entry };
  if (config.runtime === "torch") {
    if (modelPath !== null) checkModelPath(modelPath, "checkpoint");
    return await fromCheckpoint(config, preparation);
  }
  if (modelPath !== null) {
    checkModelPath(modelPath, "onnx");
    return await fromOnnxDirectory(modelPath, config, preparation);
  }
  const known = required(preparation);
  // Ready files are what they are: another number format is made from the weights.
  const found = dtype === "fp32" ? await resolveOnnx(known, storeOptions(preparation)) : undefined;
  if (found) {
    context.log.info("Ready ONNX files are used", { model: known.name, source: found.source });
    return {
      files: {
        ...foreignFiles(found.textual, found.visual, [found.path], known),
        published: { name: known.name, embedDim: known.architecture.embedDim },
      },
      names: spellingsOf(known),
      source: found.source,
      dtype,
      fresh: found.source !== found.path,
    };
  }
  const why = dtype === "fp32"
    ? "There are no ready ONNX files"
    : `Ready ONNX files are not ${dtype}`;
  context.log.info(`${why}: the PyTorch weights are converted instead`, { model: known.name });
  return await fromCheckpoint(config, preparation);
}

/** A model in a bucket: that of its copy, by its address. */
async function fromBucket(
  config: ExecutorConfig,
  context: PrepareContext,
): Promise<PreparedModel> {
  const address = config.encoder.modelPath!;
  const kind = config.runtime === "torch" ? "checkpoint" : "onnx";
  const { log, progress, signal } = context;
  const copy = await copyBucketModel(address, kind, {
    settings: context.settings ?? readStoreSettings(),
    progress,
    signal,
    openStores: context.openStores,
    warn: (line) => log.warn(line),
    check: (folder) => checkModelFolder(folder, kind),
  });
  const encoder = { ...config.encoder, modelPath: copy.path };
  const model = await prepareModel({ ...config, encoder }, context);
  return { ...model, source: address, fresh: copy.fresh || model.fresh };
}

/** Graphs that somebody exported, in a directory. */
async function fromOnnxDirectory(
  directory: string,
  config: ExecutorConfig,
  { entry, settings }: Preparation,
): Promise<PreparedModel> {
  const { name, dtype } = config.encoder;
  // A graph does not show what its ids mean: with CLIP's tokenizer those of others embed nonsense.
  const refused = refusal(name);
  if (refused !== undefined) throw new ClipError("config", refused);
  if (exists(join(directory, MANIFEST_NAME))) {
    const manifest = await readManifest(directory);
    const model: ConvertedModel = { directory, manifest, fresh: false };
    return {
      files: convertedFiles(model),
      names: spellings(name, findModelBySha256(manifest.source.sha256 ?? "") ?? entry),
      source: directory,
      dtype: manifest.dtype,
      fresh: false,
      similarity: similarityOf(manifest),
    };
  }
  if (entry !== undefined && entry.architecture.text.tokenizer.kind !== "clip") {
    throw new ClipError(
      "config",
      `'${name}' has a tokenizer of its own, which the ready ONNX files of '${directory}' do not ` +
        "say: use the torch runtime, which builds its graphs, or a folder that `model convert --out` wrote",
    );
  }
  // A GPU's default, which nobody wrote, is nothing that ready files could go against.
  if (dtype !== null && dtype !== "fp32") {
    throw new ClipError(
      "config",
      `dtype '${dtype}' cannot be applied to the ready ONNX files of '${directory}': use the torch runtime, which builds its graphs, or leave it out`,
    );
  }
  const found = findOnnxFiles(directory);
  const textual = await unpackGraph(found.textual, settings.cache);
  const visual = await unpackGraph(found.visual, settings.cache);
  return {
    files: foreignFiles(textual, visual, found.folders, entry),
    names: spellings(name, entry),
    source: directory,
    dtype: "fp32",
    fresh: false,
  };
}

/** PyTorch or safetensors weights, converted once. */
async function fromCheckpoint(
  config: ExecutorConfig,
  preparation: Preparation,
): Promise<PreparedModel> {
  const { name, modelPath } = config.encoder;
  const { entry, log } = preparation;
  const weights = modelPath === null
    ? await resolveWeights(required(preparation), storeOptions(preparation))
    : undefined;
  const path = weights === undefined ? modelPath! : checkpointPath(weights);
  const shown = typeof path === "string" ? path : `${path.text} and ${path.image}`;
  const converted = await convertOnce(path, config, preparation);
  log.info(converted.fresh ? "Model converted" : "Converted model found", {
    model: name,
    directory: converted.directory,
  });
  const { dtype, architecture, source } = converted.manifest;
  const fits = entry !== undefined && misfits(entry.architecture, architecture).length === 0;
  if (entry !== undefined && !fits) {
    log.warn(`'${name}' is only a label here: the model in '${shown}' has other sizes`);
  }
  return {
    files: convertedFiles(converted),
    // What a file is says more than what somebody called it.
    names: spellings(name, findModelBySha256(source.sha256 ?? "") ?? (fits ? entry : undefined)),
    source: shown,
    dtype,
    fresh: converted.fresh || weights !== undefined && weights.source !== weights.path,
    similarity: similarityOf(converted.manifest),
  };
}

async function convertOnce(
  path: CheckpointPath,
  { encoder: { name } }: ExecutorConfig,
  { entry, target, dtype, settings, log, progress, signal }: Preparation,
): Promise<ConvertedModel> {
  const onNote = (line: string) => log.info(line, { model: name });
  const phases = new ConversionProgress(name, progress, onNote);
  const options = { cacheRoot: settings.cache, dtype, target, pixels: "uint8" } as const;
  const events = {
    onNote,
    onProgress: phases.show.bind(phases),
    ...(signal === undefined ? {} : { signal }),
  };
  let ok = false;
  try {
    const found = await findConverted(await conversionSource(path, entry), {
      ...options,
      ...events,
    });
    if (found === undefined) {
      const task = { path, ...options, ...(entry === undefined ? {} : { entry }) };
      const { directory, fresh } = await convertInWorker(task, events);
      ok = true;
      return { directory, manifest: await readManifest(directory), fresh };
    }
    ok = true;
    return found;
  } finally {
    phases.end(ok);
  }
}

/** The names of a model that is `entry`'s, or nobody's but the flow's. */
function spellings(name: string, entry: CatalogEntry | undefined): readonly string[] {
  return entry === undefined ? [name] : spellingsOf(entry);
}

function required({ lookup }: Preparation): CatalogEntry {
  if (lookup.ok) return lookup.model;
  throw new ClipError("config", lookup.message);
}

function storeOptions({ log, progress, settings, signal }: Preparation): StoreOptions {
  return {
    settings,
    progress,
    log: (line) => log.info(line),
    ...(signal === undefined ? {} : { signal }),
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
