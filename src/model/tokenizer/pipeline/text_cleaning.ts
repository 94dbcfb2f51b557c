/** What is done to texts before a tokenizer sees them, by those who published a model. */
import type { FileTokenizer } from "../../../checkpoint/state_dict.ts";
import { repairedPieces } from "../clean_pieces.ts";
import { fixText } from "../ftfy/fix_text.ts";
import { unescapeHtml } from "../html/unescape.ts";
import { PYTHON_SPACE } from "./white_space.ts";

/** The ways; those of OpenCLIP begin with ftfy and unescaped HTML (open_clip 3.3, `tokenizer.py`). */
export type TextCleaning = FileTokenizer["clean"];

const SPACES = new RegExp(`[${PYTHON_SPACE}]+`, "g");
/** Python's `string.punctuation`. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/** Cleans a text. */
export function cleanTextBy(text: string, way: TextCleaning): string {
  return finish(isRepaired(way) ? unescapeHtml(unescapeHtml(fixText(text))) : text, way);
}

/**
 * Marks on one letter of a long text: what follows is left out. Normalising takes as long as the
 * square of how many there are; texts have no more than 30 (Unicode Standard Annex 15, Stream-Safe).
 */
const MAX_MARKS = 256;

function withFewMarks(text: string): string {
  return text.replace(/\p{M}+/gu, (marks) => marks.slice(0, MAX_MARKS));
}

/** The beginning of a long text, cleaned as far as it is asked for. */
export class CleanBeginning {
  readonly #way: TextCleaning;
  readonly #pieces: Iterator<string> | undefined;
  /** What is there of the text, all of it where nothing is repaired. */
  #text: string;

  /** @param text as long as one likes. */
  constructor(text: string, way: TextCleaning) {
    this.#way = way;
    this.#pieces = isRepaired(way) ? repairedPieces(withFewMarks(text)) : undefined;
    this.#text = this.#pieces ? "" : text;
  }

  /** The first UTF-16 units, about so many, and whether that is all. */
  first(length: number): { text: string; whole: boolean } {
    let ended = this.#pieces === undefined;
    while (!ended && this.#text.length <= length) {
      const { value, done } = this.#pieces!.next();
      if (done) ended = true;
      else this.#text += value;
    }
    const whole = ended && this.#text.length <= length;
    const text = withFewMarks(this.#text.slice(0, length).toWellFormed());
    return { text: finish(text, this.#way), whole };
  }
}

/** Whether ftfy and HTML come first, which may take long. */
export function isRepaired(way: TextCleaning): boolean {
  return way.startsWith("open_clip");
}

function finish(text: string, way: TextCleaning): string {
  switch (way) {
    case "none":
      return text;
    case "lower":
      return text.toLowerCase();
    case "siglip":
      return collapseSpaces(withoutPunctuation(text.toLowerCase()));
    case "open_clip_whitespace":
      return collapseSpaces(text);
    case "open_clip_lower":
      return collapseSpaces(text).toLowerCase();
    case "open_clip_canonicalize":
      return collapseSpaces(withoutPunctuation(text.replaceAll("_", " ")).toLowerCase());
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
