/**
 * What OpenAI's models are, apart from their sizes: what is taken where nothing says otherwise, and
 * what descriptions of their relatives start from.
 */
import type { TextArchitecture, TransformerBlocks, VisionTransformer } from "./state_dict.ts";

type Sizes = "width" | "heads" | "layers" | "mlpWidth";

/** Blocks of both towers. */
export const OPENAI_BLOCKS = {
  activation: "quick_gelu",
  eps: 1e-5,
  norm: "pre",
  layerScale: false,
  gated: false,
  innerNorms: false,
} as const satisfies Omit<TransformerBlocks, Sizes>;

/** The vision transformer. */
export const OPENAI_VIT = {
  ...OPENAI_BLOCKS,
  kind: "vit",
  classToken: true,
  patchBias: false,
  preNorm: true,
  rotaryGrid: null,
  pooling: "class",
  queries: null,
  finalNorm: "before_pooling",
  projection: "matrix",
} as const satisfies Omit<VisionTransformer, Sizes | "imageSize" | "patchSize">;

/** The text tower. */
export const OPENAI_TEXT = {
  ...OPENAI_BLOCKS,
  positionsCount: "all",
  tokenTypes: 0,
  embeddingNorm: false,
  mask: "causal",
  padId: 0,
  pooling: { kind: "argmax" },
  finalNorm: true,
  projection: "matrix",
  tokenizer: { kind: "clip" },
} as const satisfies Omit<
  TextArchitecture,
  Sizes | "contextLength" | "vocabSize" | "positionRows"
>;
