/** A checkpoint becomes a directory of ONNX graphs. */
import { basename, dirname, join } from "node:path";
import type { ClipStateDict } from "../checkpoint/state_dict.ts";
import { ClipError } from "../errors.ts";
import { fileTrouble } from "../file_trouble.ts";
import type { Graph } from "./graph_builder.ts";
import type { GraphDtype, GraphTarget } from "./layers.ts";
import {
  BUILDER_VERSION,
  formatManifest,
  MANIFEST_NAME,
  type ModelManifest,
  TEXT_GRAPH_NAME,
  VISION_GRAPH_NAME,
} from "./manifest.ts";
import { writeModel } from "./model_file.ts";
import { buildModifiedResNet } from "./modified_resnet.ts";
import type { PixelFormat } from "./pixels.ts";
import { buildText } from "./text_tower.ts";
import { buildVisionTransformer } from "./vision_transformer.ts";

/** What decides a conversion's bytes, apart from the weights. */
export interface GraphOptions {
  readonly dtype: GraphDtype;
  readonly target: GraphTarget;
  readonly pixels: PixelFormat;
}

/** Options of `convertCheckpoint`. */
export interface ConvertOptions extends GraphOptions {
  /** Origin of the weights, for the manifest: a name or path, and the hash if it is known. */
  readonly source?: { readonly label: string; readonly sha256?: string };
  /** Called as weights are written: bytes done, and bytes in all. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** The two graphs of a model. */
export interface ClipGraphs {
  readonly text: Graph;
  readonly vision: Graph;
}

/**
 * Builds both towers. No weight is read yet.
 *
 * @throws {ClipError} kind `model` if a tensor is missing or mis-shaped; kind `config` for int8 on
 * a GPU, whose providers have no operator for it.
 */
export function buildGraphs(state: ClipStateDict, options: GraphOptions): ClipGraphs {
  if (options.dtype === "int8" && options.target === "gpu") {
    throw new ClipError(
      "config",
      "Cannot build an int8 graph for a GPU, as GPU providers do not run dynamic quantisation: " +
        "use dtype fp16 or fp32, or device cpu",
    );
  }
  const { vision } = state.architecture;
  return {
    text: buildText(state, options),
    vision: vision.kind === "vit"
      ? buildVisionTransformer(state, vision, options, options.pixels)
      : buildModifiedResNet(state, vision, options, options.pixels),
  };
}

/**
 * Writes the model into `directory`: `textual.onnx`, `visual.onnx`, the weights of each beside it
 * (`….onnx.data`), and `clipline.json`. The same input gives the same bytes.
 *
 * All is written into a directory beside it, which takes the name in the end: a `directory` that is
 * there is complete, and sessions that have mapped an older one keep their files. Tensors are read
 * and written one at a time, and the event loop turns between them.
 *
 * @throws {ClipError} kind `model` or `config` as `buildGraphs`; kind `backend` if the disk is full
 * or not writable.
 */
export async function convertCheckpoint(
  state: ClipStateDict,
  directory: string,
  options: ConvertOptions,
): Promise<void> {
  const graphs = buildGraphs(state, options);
  const parent = dirname(directory);
  let work: string | undefined;
  try {
    await Deno.mkdir(parent, { recursive: true });
    work = await makeWorkDirectory(directory);
    await writeFiles(state, graphs, work, options);
    await replaceDirectory(work, directory);
  } catch (cause) {
    if (work !== undefined) await Deno.remove(work, { recursive: true }).catch(() => {});
    if (cause instanceof ClipError) throw cause;
    throw new ClipError(
      "backend",
      `Cannot write the converted model to '${directory}': ${fileTrouble(cause)}; set ` +
        "CLIPLINE_CACHE to a folder that can be written to",
      { cause },
    );
  }
}

/** How the names of unfinished conversions of `directory` begin, in the directory above it. */
export function workPrefix(directory: string): string {
  return `.${basename(directory)}.unfinished-`;
}

/** A new directory beside `directory`, readable as the user's umask says (a temporary one is not). */
async function makeWorkDirectory(directory: string): Promise<string> {
  const work = join(dirname(directory), workPrefix(directory) + crypto.randomUUID());
  await Deno.mkdir(work);
  return work;
}

async function writeFiles(
  state: ClipStateDict,
  graphs: ClipGraphs,
  directory: string,
  options: ConvertOptions,
): Promise<void> {
  const weights = [...graphs.text.weights, ...graphs.vision.weights];
  const total = weights.reduce((sum, weight) => sum + weight.byteLength, 0);
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    options.onProgress?.(done, total);
  };
  await writeModel(graphs.text, join(directory, TEXT_GRAPH_NAME), BUILDER_VERSION, onBytes);
  await writeModel(graphs.vision, join(directory, VISION_GRAPH_NAME), BUILDER_VERSION, onBytes);
  options.onProgress?.(total, total);
  await copyTokenizer(state, directory);

  const files: Record<string, number> = {};
  const names = [...Deno.readDirSync(directory)].map((entry) => entry.name).sort();
  for (const name of names) files[name] = (await Deno.stat(join(directory, name))).size;
  const manifest: ModelManifest = {
    builderVersion: BUILDER_VERSION,
    dtype: options.dtype,
    target: options.target,
    pixels: options.pixels,
    architecture: structuredClone(state.architecture) as ModelManifest["architecture"],
    logitScale: state.tensors.get("logit_scale")?.read()[0] ?? null,
    logitBias: state.tensors.get("logit_bias")?.read()[0] ?? null,
    parameterCount: parameterCount(state),
    source: { label: options.source?.label ?? "", sha256: options.source?.sha256 ?? null },
    files,
  };
  await Deno.writeTextFile(join(directory, MANIFEST_NAME), formatManifest(manifest));
}

/** The tokenizer's file beside the graphs, so that the folder is whole. */
async function copyTokenizer(state: ClipStateDict, directory: string): Promise<void> {
  const { tokenizer } = state.architecture.text;
  if (tokenizer.kind === "clip") return;
  if (state.tokenizerFile === undefined) {
    throw new ClipError(
      "model",
      `There is no tokenizer beside the weights: put the '${tokenizer.file}' that is published with ` +
        "them into their folder",
    );
  }
  await Deno.copyFile(state.tokenizerFile, join(directory, tokenizer.file));
}

/** Trained values of a checkpoint: everything but the batch norms' running statistics. */
export function parameterCount(state: ClipStateDict): number {
  let sum = 0;
  for (const [name, { shape }] of state.tensors) {
    if (/\.(running_mean|running_var|num_batches_tracked)$/.test(name)) continue;
    sum += shape.reduce((product, size) => product * size, 1);
  }
  return sum;
}

/** Gives `from` the name `to`, in place of a directory of that name. */
async function replaceDirectory(from: string, to: string): Promise<void> {
  // A directory cannot be renamed over a full one: move that aside first.
  const aside = await makeWorkDirectory(to);
  const old = join(aside, "old");
  await Deno.rename(to, old).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.rename(from, to);
  await Deno.remove(aside, { recursive: true });
}
