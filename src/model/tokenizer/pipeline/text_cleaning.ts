/** What is done to texts before a tokenizer sees them, by those who published a model. */
import { fixText } from "../ftfy/fix_text.ts";
import { unescapeHtml } from "../html/unescape.ts";
import { PYTHON_SPACE } from "./white_space.ts";

/** The ways; those of OpenCLIP begin with ftfy and unescaped HTML (open_clip 3.3, `tokenizer.py`). */
export type TextCleaning =
  | "none"
  | "lower"
  | "open_clip_whitespace"
  | "open_clip_lower"
  | "open_clip_canonicalize";

const SPACES = new RegExp(`[${PYTHON_SPACE}]+`, "g");
/** Python's `string.punctuation`. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/** Cleans a text. */
export function cleanTextBy(text: string, way: TextCleaning): string {
  switch (way) {
    case "none":
      return text;
    case "lower":
      return text.toLowerCase();
    case "open_clip_whitespace":
      return collapseSpaces(basicClean(text));
    case "open_clip_lower":
      return collapseSpaces(basicClean(text)).toLowerCase();
    case "open_clip_canonicalize":
      return collapseSpaces(
        withoutPunctuation(basicClean(text).replaceAll("_", " ")).toLowerCase(),
      );
  }
}

/** Without the punctuation of ASCII. */
export function withoutPunctuation(text: string): string {
  return text.replace(PUNCTUATION, "");
}

/** Runs of white space, as Python knows it, become one space; none stands at either end. */
export function collapseSpaces(text: string): string {
  return text.replace(SPACES, " ").replace(/^ | $/g, "");
}

function basicClean(text: string): string {
  return unescapeHtml(unescapeHtml(fixText(text)));
}
