/** What a config file beside the weights says that the weights do not. */

import type { Channels } from "./image_statistics.ts";
import { quote } from "../refuse.ts";
import type { Activation, ClipArchitecture, ImageResize } from "../state_dict.ts";

export type { Channels } from "./image_statistics.ts";

/**
 * Facts that shapes cannot tell. Hints given by a caller (its catalog entry) have this form, too;
 * what a config file beside the weights says comes first.
 */
export interface CheckpointHints {
  /** How the caller names the model, for log lines. */
  readonly label?: string;
  readonly activation?: Activation;
  /** Attention heads of the vision tower (ResNet: of its attention pool). */
  readonly visionHeads?: number;
  /** Channels a head of the vision tower; `visionHeads` comes first. */
  readonly visionHeadWidth?: number;
  readonly textHeads?: number;
  /** Channels a head of the text tower; `textHeads` comes first. */
  readonly textHeadWidth?: number;
  /** Per-channel statistics of the image normalisation, in 0..1 units. */
  readonly mean?: Channels;
  readonly std?: Channels;
  /** The way from an image to the model's square. */
  readonly resize?: StatedResize;
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

/**
 * A catalog entry's architecture as hints. Heads become head widths: a checkpoint that only borrows
 * the entry's name may have other sizes, and keeps the family's head width then.
 */
export function hintsFromArchitecture(
  { activation, vision, text, mean, std }: ClipArchitecture,
  label: string,
): CheckpointHints {
  return {
    label,
    activation,
    visionHeadWidth: (vision.kind === "vit" ? vision.width : vision.width * 32) / vision.heads,
    textHeadWidth: text.width / text.heads,
    mean,
    std,
  };
}

/** A config file's facts, and what it says about sizes, which the tensors must agree with. */
export interface CheckpointConfig extends CheckpointHints {
  /** File name. */
  readonly file: string;
  readonly sizes: readonly StatedSize[];
  /** What the config asks for that is not supported: a line each. */
  readonly unsupported: readonly string[];
}

/** A size as a config states it. */
export interface StatedSize {
  /** Key in the file, e.g. `vision_config.hidden_size`. */
  readonly key: string;
  readonly of:
    | "embedDim"
    | "imageSize"
    | "patchSize"
    | "visionWidth"
    | "visionLayers"
    | "visionMlpWidth"
    | "contextLength"
    | "vocabSize"
    | "textWidth"
    | "textLayers"
    | "textMlpWidth";
  readonly value: number | readonly number[];
}

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Narrows to a JSON object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A JSON number list of three positive (or with `zero`, non-negative) values, or nothing. */
export function channels(value: unknown, zero: boolean): Channels | undefined {
  // Grey images' single value stands for all three.
  const list = typeof value === "number" ? [value, value, value] : value;
  if (!Array.isArray(list) || list.length !== 3) return undefined;
  const valid = list.every((x) => typeof x === "number" && x < 10 && (zero ? x >= 0 : x > 0));
  return valid ? list as unknown as Channels : undefined;
}

/** A positive integer, or nothing. */
export function positiveInteger(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? value as number : undefined;
}

/** A value out of a config, fit to be shown. */
export function show(value: unknown): string {
  return quote(typeof value === "string" ? value : JSON.stringify(value) ?? "undefined");
}
