/**
 * What shapes cannot tell of a model, as layouts, configs and catalogs state it: parts of an
 * architecture.
 */
import type { Channels } from "./configs/image_statistics.ts";
import type {
  ClipArchitecture,
  ImageResize,
  TextArchitecture,
  TransformerBlocks,
  VisionTransformer,
} from "./state_dict.ts";

/** Of a tower's blocks. */
export type BlockFacts =
  & Partial<Omit<TransformerBlocks, "width" | "layers" | "mlpWidth">>
  & {
    /** Channels a head; `heads` comes first. */
    readonly headWidth?: number;
  };

/** Of the vision tower. */
export type VisionFacts =
  & BlockFacts
  & Partial<
    Pick<
      VisionTransformer,
      "classToken" | "preNorm" | "rotaryGrid" | "pooling" | "finalNorm" | "projection"
    >
  >
  & {
    /** Heads of pooling by queries. */
    readonly queryHeads?: number;
    /** Counts where its patches are as many as the positions: what is over is left out. */
    readonly imageSize?: number;
  };

/** Of the text tower. */
export type TextFacts =
  & BlockFacts
  & Partial<
    Pick<
      TextArchitecture,
      | "positionsCount"
      | "embeddingNorm"
      | "mask"
      | "padId"
      | "pooling"
      | "finalNorm"
      | "projection"
      | "tokenizer"
    >
  >
  & {
    /** For towers whose table of positions is longer than the texts that they were trained with. */
    readonly contextLength?: number;
  };

/** Of both towers. */
export interface TowerFacts {
  readonly vision?: VisionFacts;
  readonly text?: TextFacts;
}

/**
 * Facts that shapes cannot tell. Hints given by a caller (its catalog entry) have this form; what a
 * config file beside the weights says comes first.
 */
export interface CheckpointHints extends TowerFacts {
  /** How the caller names the model, for log lines. */
  readonly label?: string;
  /** Per-channel statistics of the image normalisation, in 0..1 units. */
  readonly mean?: Channels;
  readonly std?: Channels;
  /** The way from an image to the model's square. */
  readonly resize?: StatedResize;
}

/** What is so of a tower where nobody says otherwise, and tells kinds of towers apart. */
const PLAIN = { norm: "pre", gated: false, innerNorms: false } as const;

/**
 * The hints without what they say of a tower that is of another kind than the layout's: a checkpoint
 * that only borrows a name.
 */
export function applicableHints(hints: CheckpointHints, facts: TowerFacts): CheckpointHints {
  const { vision, text, ...rest } = hints;
  return {
    ...rest,
    ...(vision !== undefined && agree(vision, facts.vision) ? { vision } : {}),
    ...(text !== undefined && agree(text, facts.text) ? { text } : {}),
  };
}

function agree(hints: object, facts: object | undefined): boolean {
  const known = { ...PLAIN, ...facts };
  return Object.entries(hints).every(([key, value]) =>
    !(key in known) || JSON.stringify(known[key as keyof typeof known]) === JSON.stringify(value)
  );
}

/** A resize as a config states it. */
export interface StatedResize {
  readonly filter: ImageResize["filter"];
  readonly fill: number;
  /** What it resizes to; absent: to the model's size. */
  readonly to?: ImageResize["to"];
  /** How to the model's size: of the shorter side (default), the longer one, or both. */
  readonly mode?: "shortest" | "longest" | "squash";
}

/** The resize in full for a model of `size` pixels; nothing if it is OpenAI's. */
export function resizeOf(
  { filter, fill, to, mode }: StatedResize,
  size: number,
): ImageResize | undefined {
  const full: ImageResize["to"] = to !== undefined
    ? to
    : mode === "squash"
    ? { width: size, height: size }
    : mode === "longest"
    ? { longest: size }
    : { shortest: size };
  const openAi = filter === "bicubic" && full !== null && "shortest" in full &&
    full.shortest === size;
  return openAi ? undefined : { to: full, filter, fill };
}

/** The resize of a model of `size` pixels, stated for one of any size. */
function statedResize({ to, filter, fill }: ImageResize, size: number): StatedResize {
  const side = to === null ? [] : Object.values(to);
  if (to === null || side.some((pixels) => pixels !== size)) return { filter, fill, to };
  const mode = "width" in to ? "squash" : "longest" in to ? "longest" : "shortest";
  return { filter, fill, mode };
}

/**
 * A catalog entry's architecture as hints. Heads become head widths: a checkpoint that only borrows
 * the entry's name may have other sizes, and keeps the family's head width then.
 */
export function hintsFromArchitecture(
  { vision, text, mean, std, resize }: ClipArchitecture,
  label: string,
): CheckpointHints {
  return {
    label,
    vision: vision.kind === "resnet"
      ? { headWidth: vision.width * 32 / vision.heads }
      : visionFacts(vision),
    text: textFacts(text),
    mean,
    std,
    ...(resize === undefined ? {} : { resize: statedResize(resize, vision.imageSize) }),
  };
}

function blockFacts({ width, heads, ...blocks }: TransformerBlocks): BlockFacts {
  const { activation, eps, norm, layerScale, gated, innerNorms } = blocks;
  return { activation, eps, norm, layerScale, gated, innerNorms, headWidth: width / heads };
}

function visionFacts(vision: VisionTransformer): VisionFacts {
  const { imageSize, classToken, preNorm, rotaryGrid, pooling, finalNorm, projection } = vision;
  return {
    ...blockFacts(vision),
    imageSize,
    classToken,
    preNorm,
    rotaryGrid,
    pooling,
    finalNorm,
    ...(vision.queries === null ? {} : { queryHeads: vision.queries.heads }),
    ...(projection === "none" ? { projection } : {}),
  };
}

function textFacts(text: TextArchitecture): TextFacts {
  const { positionsCount, embeddingNorm, mask, padId, pooling, finalNorm, projection } = text;
  return {
    ...blockFacts(text),
    positionsCount,
    embeddingNorm,
    mask,
    padId,
    pooling,
    finalNorm,
    contextLength: text.contextLength,
    tokenizer: text.tokenizer,
    ...(projection === "none" ? { projection } : {}),
  };
}
