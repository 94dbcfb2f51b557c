/** openai/CLIP's names, which OpenCLIP kept, whole or with the text tower under `text.`. */
import type { KeyRule } from "./key_map.ts";

/** The scalars of the similarity, alike in all layouts. */
export const LOGITS: readonly KeyRule[] = [
  ["logit_scale", "logit_scale", "scalar"],
  ["logit_bias", "logit_bias", "scalar"],
];

/** The vision tower. */
export const OPENAI_VISUAL: readonly KeyRule[] = [["visual.{rest}", "visual.{rest}"]];

/** The text tower, at the top. What nobody knows is surplus under its own name. */
export const OPENAI_TEXT_KEYS: readonly KeyRule[] = [["{rest}", "{rest}"]];

/** What CoCa has beside: a class row of texts, and a decoder that no embedding depends on. */
export const COCA_KEYS: readonly KeyRule[] = [
  ["text.cls_emb", "class_embedding"],
  ["text_decoder.{rest}", null],
];

/** The text tower under `text.` (OpenCLIP's `CustomTextCLIP`). */
export const CUSTOM_TEXT_KEYS: readonly KeyRule[] = [
  ["text.{rest}", "{rest}"],
  ["{rest}", "{rest}"],
];
