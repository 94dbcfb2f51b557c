/**
 * Tokens that stand in a text as they are written, before anything else looks at it
 * (huggingface/tokenizers 0.22, `added_vocabulary.rs`).
 */
import { startOfTrailingSpace, WHITE_SPACE } from "./white_space.ts";

/** One of them. */
export interface AddedToken {
  id: number;
  content: string;
  /** It begins or ends texts, or stands for none: not a part of one. */
  special: boolean;
  /** It is looked for when the text was normalised, and not before. */
  normalized: boolean;
  /** White space before it, or behind it, is a part of it. */
  lstrip: boolean;
  rstrip: boolean;
  /** Only where no letter, digit or underscore is beside it. */
  singleWord: boolean;
}

/** A part of a text: a token, or what is between two of them. */
export interface TextPart {
  /** Of a token. */
  id?: number;
  /** Where it is: UTF-16 units, the end exclusive. */
  start: number;
  end: number;
}

const SPACES = new RegExp(`[${WHITE_SPACE}]*`, "y");
const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

/** Finds some tokens in texts. */
export class AddedTokens {
  readonly #byContent = new Map<string, AddedToken>();
  readonly #pattern: RegExp | undefined;

  constructor(tokens: readonly AddedToken[]) {
    for (const token of tokens) {
      if (token.content !== "" && !this.#byContent.has(token.content)) {
        this.#byContent.set(token.content, token);
      }
    }
    // Of several that begin at one place the longest.
    const longestFirst = [...this.#byContent.keys()].sort((a, b) => b.length - a.length);
    this.#pattern = longestFirst.length === 0
      ? undefined
      : new RegExp(longestFirst.map((content) => RegExp.escape(content)).join("|"), "g");
  }

  /** Takes a text apart; parts without text are left out. */
  split(text: string): TextPart[] {
    if (text === "") return [];
    if (this.#pattern === undefined) return [{ start: 0, end: text.length }];
    const parts: TextPart[] = [];
    let from = 0;
    for (const { 0: content, index } of text.matchAll(this.#pattern)) {
      const token = this.#byContent.get(content)!;
      let [start, end] = [index, index + content.length];
      if (start < from || (token.singleWord && !standsAlone(text, start, end))) continue;
      if (token.lstrip) start = from + startOfTrailingSpace(text.slice(from, start));
      if (token.rstrip) {
        SPACES.lastIndex = end;
        end += SPACES.exec(text)![0].length;
      }
      if (start > from) parts.push({ start: from, end: start });
      parts.push({ id: token.id, start, end });
      from = end;
    }
    if (from < text.length) parts.push({ start: from, end: text.length });
    return parts;
  }
}

function standsAlone(text: string, start: number, end: number): boolean {
  return !WORD.test([...text.slice(Math.max(0, start - 2), start)].at(-1) ?? "") &&
    !WORD.test([...text.slice(end, end + 2)][0] ?? "");
}
