/** `preprocess_cfg` of OpenCLIP's config: the way of an image to the model. */
import { channels, type JsonObject, positiveInteger, show, type StatedSize } from "./config.ts";
import type { ImagePreprocessing } from "./image_processor.ts";

/** Of OpenCLIP's `PreprocessCfg`. */
const PREPROCESS_KEYS = new Set([
  "size",
  "mode",
  "mean",
  "std",
  "interpolation",
  "resize_mode",
  "fill_color",
]);

/** The inference transform that OpenCLIP's `image_transform` makes of `preprocess_cfg`. */
export function parsePreprocess(json: JsonObject): ImagePreprocessing {
  const unsupported: string[] = [];
  if (Object.keys(json).length === 0) return { sizes: [], unsupported };
  const stated = (key: string) => json[key] === null ? undefined : json[key];
  const refuse = (key: string, wanted: string) =>
    void unsupported.push(`preprocess_cfg.${key} ${show(json[key])}: wanted ${wanted}`);
  for (const key of Object.keys(json)) {
    if (!PREPROCESS_KEYS.has(key) && stated(key) !== undefined) {
      unsupported.push(`preprocess_cfg.${key} ${show(json[key])} is not supported`);
    }
  }
  if ((stated("mode") ?? "RGB") !== "RGB") refuse("mode", "'RGB'");
  const [mean, std] = [channels(stated("mean"), true), channels(stated("std"), false)];
  if (stated("mean") !== undefined && mean === undefined) refuse("mean", "three numbers");
  if (stated("std") !== undefined && std === undefined) refuse("std", "three numbers over 0");

  const sizes: StatedSize[] = [];
  const size = stated("size");
  const side = Array.isArray(size) && size.length === 2 && size[0] === size[1] ? size[0] : size;
  if (positiveInteger(side) !== undefined) {
    sizes.push({ key: "preprocess_cfg.size", of: "imageSize", value: side as number });
  } else if (size !== undefined) refuse("size", "a number, or twice the same");

  const interpolation = stated("interpolation") ?? "bicubic";
  // 'random' is for training.
  const filter = interpolation === "bilinear" ? "bilinear" : "bicubic";
  if (!["bicubic", "bilinear", "random"].includes(interpolation as string)) {
    refuse("interpolation", "'bicubic' or 'bilinear'");
  }
  const fill = stated("fill_color") ?? 0;
  if (!Number.isInteger(fill) || (fill as number) < 0 || (fill as number) > 255) {
    refuse("fill_color", "a number from 0 to 255");
  }
  const mode = stated("resize_mode") ?? "shortest";
  if (!["shortest", "longest", "squash"].includes(mode as string)) {
    refuse("resize_mode", "'shortest', 'longest' or 'squash'");
  }
  return {
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
    resize: { filter, fill: fill as number, mode: mode as "shortest" | "longest" | "squash" },
    sizes,
    unsupported,
  };
}
