/** What a config file beside the weights says that the weights do not. */

import { quote } from "../refuse.ts";
import type { CheckpointHints } from "../facts.ts";
import type { Channels } from "./image_statistics.ts";

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
    | "queries"
    | "positionRows"
    | "tokenTypes"
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
