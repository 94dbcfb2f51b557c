/**
 * The typed CLIP state dict: what every checkpoint reader ends in and every graph is built from.
 * Names are OpenAI's (openai/CLIP `model.py`) whatever the file used, and in its manner for what
 * OpenAI's models do not have (naming/shapes.ts).
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

/**
 * Activation of the transformer MLPs: `x·sigmoid(1.702x)`, GELU by the error function, GELU's
 * approximation by tanh, or ReLU.
 */
export type Activation = "quick_gelu" | "gelu" | "gelu_tanh" | "relu";

/** A stack of transformer blocks. */
export interface TransformerBlocks {
  width: number;
  heads: number;
  layers: number;
  /** Width of the MLP's hidden layer. */
  mlpWidth: number;
  activation: Activation;
  /** Epsilon of every LayerNorm of the tower. */
  eps: number;
  /** Where the norms are: before attention and MLP (OpenAI), or after their residuals (BERT). */
  norm: "pre" | "post";
  /** Whether what attention and MLP give is multiplied, a factor a channel, before it is added. */
  layerScale: boolean;
  /** Whether the MLP is gated (`silu(gate) · x`), as SwiGLU. */
  gated: boolean;
  /** Whether there is a norm before the output layers of attention and MLP, too (EVA-02). */
  innerNorms: boolean;
}

/** OpenAI's vision transformer and its relatives. Sizes in pixels, channels, heads. */
export interface VisionTransformer extends TransformerBlocks {
  kind: "vit";
  imageSize: number;
  patchSize: number;
  /** Whether a learned row stands before those of the patches. */
  classToken: boolean;
  patchBias: boolean;
  /** Whether there is a norm before the first block. */
  preNorm: boolean;
  /**
   * Side of the grid that rotary positions are scaled to, in patches, whatever the image's own;
   * `null`: no rotary positions.
   */
  rotaryGrid: number | null;
  /**
   * What becomes the embedding: the class row, the average of the patches' rows, what a learned
   * probe attends to in all rows, with an MLP behind it (SigLIP's "MAP" head), or what the first of
   * several learned queries of the embedding's width attends to (CoCa).
   */
  pooling: "class" | "average" | "map" | "queries";
  /** The queries of pooling by them, and the heads that they attend with; `null` for others. */
  queries: { count: number; heads: number } | null;
  /** Whether the last norm is over the rows that are pooled, or over what pooling gives. */
  finalNorm: "before_pooling" | "after_pooling";
  /** To `embedDim`: a matrix, a linear layer with bias, or nothing. */
  projection: "matrix" | "linear" | "none";
}

/** OpenAI's modified ResNet. */
export interface ModifiedResNet {
  kind: "resnet";
  imageSize: number;
  /** Channels of the first stage (64 for RN50). */
  width: number;
  /** Bottleneck blocks of the four stages. */
  layers: readonly [number, number, number, number];
  /** Heads of the attention pool. */
  heads: number;
}

/** The vision tower's architecture. */
export type VisionArchitecture = VisionTransformer | ModifiedResNet;

/** Which row of a text becomes its embedding. */
export type TextPooling =
  /** That of the first occurrence of the highest id. */
  | { kind: "argmax" }
  /** That of the first occurrence of this id; the first row if there is none. */
  | { kind: "end"; id: number }
  | { kind: "first" }
  /** The last of the context, padding or not. */
  | { kind: "last" }
  /** The mean of all rows that are not padding. */
  | { kind: "mean" }
  /** A learned row of its own behind the context, which sees the text (CoCa). */
  | { kind: "class" };

/** The text tower's architecture. */
export interface TextArchitecture extends TransformerBlocks {
  /** Most ids of a text, with all that is put around it. */
  contextLength: number;
  vocabSize: number;
  /** Rows of the table of positions. */
  positionRows: number;
  /**
   * The position of an id: its place, from 0; or how many ids up to it are no padding, on top of
   * `padId` (RoBERTa: the first one is `padId + 1`).
   */
  positionsCount: "all" | "unpadded";
  /** Rows of a table of token types, whose first row is added to all ids; 0: there is none. */
  tokenTypes: number;
  /** Whether there is a norm over the embedded ids. */
  embeddingNorm: boolean;
  /** What an id may attend to: itself and what is before it, all that is no padding, or all. */
  mask: "causal" | "padding" | "none";
  /** What texts are filled up with. */
  padId: number;
  pooling: TextPooling;
  /** Whether there is a norm after the last block. */
  finalNorm: boolean;
  /** To `embedDim`: a matrix, a linear layer with bias, two without and GELU between, or nothing. */
  projection: "matrix" | "linear" | "mlp" | "none";
  tokenizer: TokenizerDescription;
}

/** How texts become ids. */
export type TokenizerDescription =
  /** CLIP's byte-level BPE, which is built in. */
  | { kind: "clip" }
  | FileTokenizer;

/** A tokenizer out of a file that is published beside the weights. */
export interface FileTokenizer {
  kind: "file";
  /** Its name, beside the weights and in a converted model's folder. */
  file: string;
  /**
   * What is in it, and with that what is put around a text: `tokenizer_json` (what its own
   * post-processor says), `sentencepiece` (`x </s>`, ids as in the file), `xlm_roberta`
   * (SentencePiece, `<s> x </s>`, ids of fairseq: `<s>` 0, `<pad>` 1, `</s>` 2, `<unk>` 3, then the
   * file's from its fourth on plus 1), `wordpiece_cased`, `wordpiece_uncased` and
   * `wordpiece_chinese_clip` (`vocab.txt`, `[CLS] x [SEP]`; the last as cn_clip reads it).
   */
  format:
    | "tokenizer_json"
    | "sentencepiece"
    | "xlm_roberta"
    | "wordpiece_cased"
    | "wordpiece_uncased"
    | "wordpiece_chinese_clip";
  /**
   * What is done to a text before: nothing; lower case; what transformers' `SiglipTokenizer` does
   * (punctuation off, lower case, white space collapsed); or what OpenCLIP's `clean` of that name
   * does (all three begin with ftfy and unescaped HTML).
   */
  clean:
    | "none"
    | "lower"
    | "siglip"
    | "open_clip_whitespace"
    | "open_clip_lower"
    | "open_clip_canonicalize";
  /** Whether the id of `[SEP]` becomes 0 (OpenCLIP's `strip_sep_token`). */
  stripSep: boolean;
}

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

/**
 * Whose pixels a model is held to: torchvision's transforms of OpenAI and OpenCLIP make an image RGB
 * after they resize it, and round half a pixel of the crop's offset to even; transformers' image
 * processors make it RGB before (palettes and transparency come out different), and round down.
 */
export type ImageLibrary = "torchvision" | "transformers";

/** Everything that shapes a CLIP model's graph. */
export interface ClipArchitecture {
  embedDim: number;
  /**
   * What a scaled cosine means: its softmax over the candidates (CLIP), or, with a bias, the
   * probability of a match by itself (SigLIP).
   */
  similarity: "softmax" | "sigmoid";
  vision: VisionArchitecture;
  text: TextArchitecture;
  /** Per-channel statistics of the image normalisation, in 0..1 units. */
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
  imageLibrary: ImageLibrary;
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
  /** Path of the tokenizer's file, where the architecture names one and it is there. */
  readonly tokenizerFile?: string;
  /** Lets go of the file. */
  close(): void;
}
