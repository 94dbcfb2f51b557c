/**
 * transformers' image processor (`preprocessor_config.json`, or `image_processor` of
 * `processor_config.json`): how an image becomes the model's input. Every field is honoured, or
 * named as one that is not.
 */

import { channels, isJsonObject, type JsonObject, positiveInteger, show } from "./config.ts";
import type { StatedSize } from "./config.ts";
import type { StatedResize } from "../facts.ts";
import { type Channels, OPENAI_MEAN, OPENAI_STD } from "./image_statistics.ts";
import type { ImageResize, ResizeFilter } from "../state_dict.ts";

/** What such a file says. */
export interface ImagePreprocessing {
  /** As of `(byte / 255 - mean) / std`, whatever steps the file takes; absent: it does not say. */
  readonly mean?: Channels;
  readonly std?: Channels;
  /** Absent: it does not say. */
  readonly resize?: StatedResize;
  readonly sizes: readonly StatedSize[];
  /** What it asks for that is not supported: a line each. */
  readonly unsupported: readonly string[];
}

/** Pillow's numbers of its filters. */
const FILTERS: readonly ResizeFilter[] = [
  "nearest",
  "lanczos",
  "bilinear",
  "bicubic",
  "box",
  "hamming",
];

const RESCALE_FACTOR = 1 / 255;

/** Read below. */
const HONOURED = new Set([
  "do_resize",
  "size",
  "resample",
  "default_to_square",
  "do_center_crop",
  "crop_size",
  "do_rescale",
  "rescale_factor",
  "do_normalize",
  "image_mean",
  "image_std",
]);
/** These say nothing of the pixels, or what is done here in any case. */
const WITHOUT_EFFECT = new Set([
  "do_convert_rgb",
  "image_processor_type",
  "feature_extractor_type",
  "processor_class",
  "_processor_class",
  "auto_map",
  "data_format",
  "input_data_format",
  "return_tensors",
  "device",
  "disable_grouping",
  "model_input_names",
  "transformers_version",
  "_name_or_path",
  "_commit_hash",
]);

/** Reads an image processor's fields. Nothing is thrown: what does not fit is in `unsupported`. */
export function parseImageProcessor(json: JsonObject): ImagePreprocessing {
  const unsupported: string[] = [];
  for (const [key, value] of Object.entries(json)) {
    // A switch that is off changes nothing, whatever it is for.
    if (HONOURED.has(key) || WITHOUT_EFFECT.has(key) || value === null || value === false) continue;
    unsupported.push(`${key} ${show(value)} is not supported`);
  }
  const { resize, sizes } = geometry(json, unsupported);
  return { ...statistics(json, unsupported), ...resize, sizes, unsupported };
}

/** A switch; transformers' `CLIPImageProcessor` has all of them on. */
function on(json: JsonObject, key: string): boolean {
  return json[key] !== false;
}

function stated(json: JsonObject, key: string): unknown {
  return json[key] === null ? undefined : json[key];
}

function statistics(
  json: JsonObject,
  unsupported: string[],
): { mean?: Channels; std?: Channels } {
  const read = (key: string, zero: boolean) => {
    const value = stated(json, key);
    const found = value === undefined ? undefined : channels(value, zero);
    if (value !== undefined && found === undefined) unsupported.push(`${key} ${show(value)}`);
    return found;
  };
  const [mean, std] = [read("image_mean", true), read("image_std", false)];
  const factor = on(json, "do_rescale") ? stated(json, "rescale_factor") ?? RESCALE_FACTOR : 1;
  if (typeof factor !== "number" || !(factor > 0) || !Number.isFinite(factor)) {
    unsupported.push(`rescale_factor ${show(factor)}: wanted a number over 0`);
    return {};
  }
  const normalises = on(json, "do_normalize");
  if (normalises && factor === RESCALE_FACTOR) {
    return {
      ...(mean === undefined ? {} : { mean }),
      ...(std === undefined ? {} : { std }),
    };
  }
  // (byte * factor - mean) / std, written with byte / 255.
  const scale = (values: Channels) =>
    values.map((value) => value * (RESCALE_FACTOR / factor)) as unknown as Channels;
  return {
    mean: normalises ? scale(mean ?? OPENAI_MEAN) : [0, 0, 0],
    std: scale(normalises ? std ?? OPENAI_STD : [1, 1, 1]),
  };
}

function geometry(
  json: JsonObject,
  unsupported: string[],
): { resize: { resize?: StatedResize }; sizes: StatedSize[] } {
  const sizes: StatedSize[] = [];
  const states = ["do_resize", "size", "resample", "do_center_crop", "crop_size"];
  if (!states.some((key) => stated(json, key) !== undefined)) return { resize: {}, sizes };
  const number = stated(json, "resample") ?? FILTERS.indexOf("bicubic");
  const filter = typeof number === "number" ? FILTERS[number] : undefined;
  if (filter === undefined) {
    unsupported.push(`resample ${show(number)}: wanted a number from 0 to 5`);
  }
  const resizes = on(json, "do_resize");
  const crops = on(json, "do_center_crop");
  const to = resizes ? resizedTo(json, unsupported) : null;
  if (crops) {
    const side = square(stated(json, "crop_size"), "crop_size", unsupported);
    if (side !== undefined) sizes.push({ key: "crop_size", of: "imageSize", value: side });
  } else if (!resizes) {
    unsupported.push("do_resize and do_center_crop are both false: images would keep their size");
  } else if (to !== undefined && to !== null && "width" in to) {
    const side = square({ ...to }, "size", unsupported);
    if (side !== undefined) sizes.push({ key: "size", of: "imageSize", value: side });
  } else {
    unsupported.push(
      "do_center_crop false without a size of height and width: images would keep their shape",
    );
  }
  return {
    resize: {
      resize: { filter: filter ?? "bicubic", fill: 0, ...(to === undefined ? {} : { to }) },
    },
    sizes,
  };
}

/** `size`: a number, `{shortest_edge}` or `{height, width}`; nothing if it is not stated. */
function resizedTo(json: JsonObject, unsupported: string[]): ImageResize["to"] | undefined {
  const size = stated(json, "size");
  if (size === undefined) return undefined;
  const number = positiveInteger(size);
  if (number !== undefined) {
    const toSquare = json["default_to_square"] === true || squaresNumbers(json);
    return toSquare ? { width: number, height: number } : { shortest: number };
  }
  if (isJsonObject(size)) {
    const keys = Object.keys(size).filter((key) => size[key] !== null).sort().join();
    const shortest = positiveInteger(size["shortest_edge"]);
    const [width, height] = [positiveInteger(size["width"]), positiveInteger(size["height"])];
    if (keys === "shortest_edge" && shortest !== undefined) return { shortest };
    if (keys === "height,width" && width !== undefined && height !== undefined) {
      return { width, height };
    }
  }
  unsupported.push(`size ${show(size)}: wanted a number, shortest_edge, or height and width`);
  return undefined;
}

/** Whether a plain number means a square: so in every image processor but CLIP's own. */
function squaresNumbers(json: JsonObject): boolean {
  const type = json["image_processor_type"] ?? json["feature_extractor_type"];
  return typeof type === "string" && !type.startsWith("CLIP") &&
    json["default_to_square"] !== false;
}

/** The side of a square as a number or `{height, width}`. */
function square(value: unknown, key: string, unsupported: string[]): number | undefined {
  if (value === undefined) return undefined;
  const side = isJsonObject(value)
    ? value["height"] === value["width"] ? positiveInteger(value["height"]) : undefined
    : positiveInteger(value);
  if (side === undefined) unsupported.push(`${key} ${show(value)}: wanted a square`);
  return side;
}
