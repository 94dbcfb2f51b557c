/** How BERT's tokenizers clean and split a text (huggingface/tokenizers 0.22, `bert.rs`). */
import { normalize } from "../normalize.ts";
import { MARKS, PUNCTUATION, REMOVED } from "./bert_ranges.ts";
import { CharacterSet } from "./character_set.ts";
import { unitsOf } from "./characters.ts";
import { WHITE_SPACE } from "./white_space.ts";

/** What is done to a text. */
export interface BertCleaning {
  cleanText: boolean;
  handleChineseCharacters: boolean;
  stripAccents: boolean;
  lowercase: boolean;
  /** Whether a sigma at the end of a word is another letter in lower case; it is not in Rust. */
  finalSigma?: boolean;
}

const SPACES = new RegExp(`[${WHITE_SPACE}]`, "g");
/** The same, written as in `bert_ranges.ts`. */
const SPACE_RANGES = "9+4 j 2t r 4bk 1vk+a u+1 6 1c 335";
const IDEOGRAPH =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;
const ASCII = /^[\x20-\x7e]*$/;

let sets: Record<"removed" | "marks" | "punctuation" | "spaces", CharacterSet> | undefined;

function classes() {
  return sets ??= {
    removed: new CharacterSet(REMOVED),
    marks: new CharacterSet(MARKS),
    punctuation: new CharacterSet(PUNCTUATION),
    spaces: new CharacterSet(SPACE_RANGES),
  };
}

/** A text as BERT reads it. */
export function cleanForBert(text: string, cleaning: BertCleaning): string {
  const { cleanText, handleChineseCharacters, stripAccents, lowercase, finalSigma } = cleaning;
  let clean = text;
  if (!ASCII.test(text)) {
    if (cleanText) clean = without(clean, classes().removed).replace(SPACES, " ");
    if (handleChineseCharacters) clean = clean.replace(IDEOGRAPH, " $& ");
    if (stripAccents) clean = without(normalize(clean, "NFD"), classes().marks);
  }
  if (!lowercase) return clean;
  return finalSigma ? clean.toLowerCase() : lowered(clean);
}

/** Words and single punctuation marks, in order, and where they begin. */
export function splitForBert(text: string, take: (word: string, from: number) => void): void {
  const { punctuation, spaces } = classes();
  let start = 0;
  for (let at = 0; at < text.length;) {
    const codePoint = text.codePointAt(at)!;
    const end = at + unitsOf(codePoint);
    const alone = punctuation.has(codePoint);
    if (alone || spaces.has(codePoint)) {
      if (at > start) take(text.slice(start, at), start);
      if (alone) take(text.slice(at, end), at);
      start = end;
    }
    at = end;
  }
  if (text.length > start) take(text.slice(start), start);
}

/** Character by character: what a letter becomes does not depend on where it stands, as in Rust. */
export function lowered(text: string): string {
  // A sigma at the end of a word is the only letter whose place JavaScript looks at.
  if (!text.includes("Σ")) return text.toLowerCase();
  return text.split("Σ").map((part) => part.toLowerCase()).join("σ");
}

function without(text: string, set: CharacterSet): string {
  let out = "";
  for (const character of text) if (!set.has(character.codePointAt(0)!)) out += character;
  return out;
}
