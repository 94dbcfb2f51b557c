/**
 * The typed CLIP state dict: what every checkpoint reader ends in and every graph is built from.
 * Names are OpenAI's (openai/CLIP `model.py`) whatever the file used.
 */

/** Element types of published weights. */
export type TensorDtype = "float32" | "float16" | "bfloat16";

/** A tensor that stays in its file until asked for: nothing is held twice. */
export interface LazyTensor {
  readonly dtype: TensorDtype;
  /** Row-major dimensions; `[]` for a scalar. */
  readonly shape: readonly number[];
  /** Reads the values, contiguous and row-major, widened to float32. */
  read(): Float32Array;
  /** Reads the values, contiguous and row-major, in `dtype`: little-endian raw bytes. */
  readRaw(): Uint8Array;
}

/** The vision tower's architecture. Sizes in pixels, channels, heads. */
export type VisionArchitecture =
  | {
    kind: "vit";
    imageSize: number;
    patchSize: number;
    width: number;
    layers: number;
    heads: number;
    /** Width of the MLP's hidden layer (4 × width but for ViT-g-14). */
    mlpWidth: number;
  }
  | {
    kind: "resnet";
    imageSize: number;
    /** Channels of the first stage (64 for RN50). */
    width: number;
    /** Bottleneck blocks of the four stages. */
    layers: readonly [number, number, number, number];
    /** Heads of the attention pool. */
    heads: number;
  };

/** The text tower's architecture. */
export interface TextArchitecture {
  contextLength: number;
  vocabSize: number;
  width: number;
  heads: number;
  layers: number;
  mlpWidth: number;
}

/** Activation of the transformer MLPs: `x·sigmoid(1.702x)` or erf-GELU. */
export type Activation = "quick_gelu" | "gelu";

/** Pillow's resampling filters. */
export type ResizeFilter = "nearest" | "box" | "bilinear" | "hamming" | "bicubic" | "lanczos";

/** How an image becomes a square of the model's size; what sticks out after the resize is cut off. */
export interface ImageResize {
  /**
   * The size that it is resized to first, in pixels: of its shorter or longer side, the other one
   * following, or of both. `null`: it is not resized.
   */
  to: { shortest: number } | { longest: number } | { width: number; height: number } | null;
  filter: ResizeFilter;
  /** What is put around an image that is smaller than the square: the value of all channels, 0..255. */
  fill: number;
}

/** Everything that shapes a CLIP model's graph. */
export interface ClipArchitecture {
  embedDim: number;
  activation: Activation;
  vision: VisionArchitecture;
  text: TextArchitecture;
  /** Per-channel statistics of the image normalisation, in 0..1 units. */
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
  /** Without it OpenAI's: the shorter side becomes the model's size, bicubic. */
  resize?: ImageResize;
}

/** A CLIP model read from a file: its architecture and its tensors under OpenAI's names. */
export interface ClipStateDict {
  readonly architecture: ClipArchitecture;
  /** OpenAI's names, e.g. `visual.transformer.resblocks.0.attn.in_proj_weight`. */
  readonly tensors: ReadonlyMap<string, LazyTensor>;
  /** Lines for the log: what was guessed, and from what. */
  readonly notes: readonly string[];
  /** Lets go of the file. */
  close(): void;
}
