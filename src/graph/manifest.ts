/** `clipline.json`: what a converted model is, beside its graphs. */
import { join } from "node:path";
import { z } from "zod";
import type { ClipArchitecture } from "../checkpoint/state_dict.ts";
import { ClipError } from "../errors.ts";

/**
 * Version of the graphs and manifests that this builder writes. Raise it with every change of what
 * the same files become: a cached conversion of another version is not used.
 */
export const BUILDER_VERSION = "3";

/** Name of the manifest in a converted model's directory. */
export const MANIFEST_NAME = "clipline.json";
/** Name of the text tower's graph. */
export const TEXT_GRAPH_NAME = "textual.onnx";
/** Name of the vision tower's graph. */
export const VISION_GRAPH_NAME = "visual.onnx";

const count = z.int().positive();
const statistics = z.tuple([z.number(), z.number(), z.number()]);

const BLOCKS = {
  width: count,
  heads: count,
  layers: count,
  mlpWidth: count,
  activation: z.enum(["quick_gelu", "gelu", "gelu_tanh", "relu"]),
  eps: z.number().positive(),
  norm: z.enum(["pre", "post"]),
  layerScale: z.boolean(),
  gated: z.boolean(),
  innerNorms: z.boolean(),
};

const VISION = z.discriminatedUnion("kind", [
  z.strictObject({
    ...BLOCKS,
    kind: z.literal("vit"),
    imageSize: count,
    patchSize: count,
    classToken: z.boolean(),
    patchBias: z.boolean(),
    preNorm: z.boolean(),
    rotaryGrid: count.nullable(),
    pooling: z.enum(["class", "average", "map", "queries"]),
    queries: z.strictObject({ count, heads: count }).nullable(),
    finalNorm: z.enum(["before_pooling", "after_pooling"]),
    projection: z.enum(["matrix", "linear", "none"]),
  }),
  z.strictObject({
    kind: z.literal("resnet"),
    imageSize: count,
    width: count,
    layers: z.tuple([count, count, count, count]),
    heads: count,
  }),
]);

const TOKENIZER = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("clip") }),
  z.strictObject({
    kind: z.literal("file"),
    file: z.string(),
    format: z.enum([
      "tokenizer_json",
      "sentencepiece",
      "xlm_roberta",
      "wordpiece_cased",
      "wordpiece_uncased",
      "wordpiece_chinese_clip",
    ]),
    clean: z.enum([
      "none",
      "lower",
      "siglip",
      "open_clip_whitespace",
      "open_clip_lower",
      "open_clip_canonicalize",
    ]),
    stripSep: z.boolean(),
  }),
]);

const TEXT = z.strictObject({
  ...BLOCKS,
  contextLength: count,
  vocabSize: count,
  positionRows: count,
  positionsCount: z.enum(["all", "unpadded"]),
  tokenTypes: z.int().nonnegative(),
  embeddingNorm: z.boolean(),
  mask: z.enum(["causal", "padding", "none"]),
  padId: z.int().nonnegative(),
  pooling: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("argmax") }),
    z.strictObject({ kind: z.literal("end"), id: z.int().nonnegative() }),
    z.strictObject({ kind: z.literal("first") }),
    z.strictObject({ kind: z.literal("last") }),
    z.strictObject({ kind: z.literal("mean") }),
    z.strictObject({ kind: z.literal("class") }),
  ]),
  finalNorm: z.boolean(),
  projection: z.enum(["matrix", "linear", "mlp", "none"]),
  tokenizer: TOKENIZER,
});

const ARCHITECTURE = z.strictObject({
  embedDim: count,
  similarity: z.enum(["softmax", "sigmoid"]),
  vision: VISION,
  text: TEXT,
  mean: statistics,
  std: statistics,
  imageLibrary: z.enum(["torchvision", "transformers"]),
  resize: z.strictObject({
    to: z.union([
      z.strictObject({ shortest: count }),
      z.strictObject({ longest: count }),
      z.strictObject({ width: count, height: count }),
    ]).nullable(),
    filter: z.enum(["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]),
    fill: z.int().min(0).max(255),
  }).exactOptional(),
}) satisfies z.ZodType<ClipArchitecture>;

const MANIFEST = z.strictObject({
  builderVersion: z.string(),
  dtype: z.enum(["fp32", "fp16", "int8"]),
  target: z.enum(["cpu", "gpu"]),
  pixels: z.enum(["uint8", "float32"]),
  architecture: ARCHITECTURE,
  /** The logarithm of the similarity's scale, as trained; null if the checkpoint has none. */
  logitScale: z.number().nullable(),
  /** What is added to the scaled similarity before its sigmoid; null where it is a softmax. */
  logitBias: z.number().nullable(),
  /** Values in the checkpoint, all tensors together. */
  parameterCount: count,
  /** Where the weights came from. */
  source: z.strictObject({ label: z.string(), sha256: z.string().nullable() }),
  /** Size in bytes of every other file of the model: a model with another size is broken. */
  files: z.record(z.string(), z.int().nonnegative()),
});

/** The content of `clipline.json`. */
export type ModelManifest = z.infer<typeof MANIFEST>;

/** The manifest as the text of its file. */
export function formatManifest(manifest: ModelManifest): string {
  return JSON.stringify(manifest, null, 2) + "\n";
}

/**
 * Reads and checks the manifest in `directory`, and that the files it lists have their sizes.
 *
 * @throws {ClipError} kind `model`: missing, not a manifest, or a file missing or of another size.
 */
export async function readManifest(directory: string): Promise<ModelManifest> {
  const path = join(directory, MANIFEST_NAME);
  const fail = (what: string, cause?: unknown) =>
    new ClipError(
      "model",
      `Cannot use the converted model in '${directory}': ${what}; delete the directory to have ` +
        "it converted again",
      { cause },
    );
  const text = await Deno.readTextFile(path).catch((cause) => {
    throw fail(`'${MANIFEST_NAME}' cannot be read`, cause);
  });
  let manifest: ModelManifest;
  try {
    manifest = MANIFEST.parse(JSON.parse(text));
  } catch (cause) {
    throw fail(`'${MANIFEST_NAME}' is not a manifest of this program`, cause);
  }
  for (const [name, size] of Object.entries(manifest.files)) {
    const found = await Deno.stat(join(directory, name)).then((stat) => stat.size, () => undefined);
    if (found !== size) {
      throw fail(`'${name}' must have ${size} bytes: found ${found ?? "no such file"}`);
    }
  }
  return manifest;
}
