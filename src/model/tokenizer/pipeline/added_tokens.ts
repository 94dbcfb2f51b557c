/**
 * Tokens that stand in a text as they are written, before anything else looks at it
 * (huggingface/tokenizers 0.22, `added_vocabulary.rs`).
 */
import { WHITE_SPACE } from "./white_space.ts";

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
export type TextPart = { id: number } | { text: string };

const SPACE_BEFORE = new RegExp(`[${WHITE_SPACE}]*$`);
const SPACE_BEHIND = new RegExp(`^[${WHITE_SPACE}]*`);
const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

/** Finds some tokens in texts. */
export class AddedTokens {
  readonly #byContent: ReadonlyMap<string, AddedToken>;
  readonly #pattern: RegExp | undefined;

  constructor(tokens: readonly AddedToken[]) {
    const some = tokens.filter(({ content }) => content !== "");
    this.#byContent = new Map(some.map((token) => [token.content, token]));
    // Of several that begin at one place the longest.
    const longestFirst = some.map(({ content }) => content).sort((a, b) => b.length - a.length);
    this.#pattern = some.length === 0
      ? undefined
      : new RegExp(longestFirst.map((content) => RegExp.escape(content)).join("|"), "g");
  }

  /** Takes a text apart; parts without text are left out. */
  split(text: string): TextPart[] {
    if (this.#pattern === undefined || text === "") return text === "" ? [] : [{ text }];
    const parts: TextPart[] = [];
    let from = 0;
    for (const { 0: content, index } of text.matchAll(this.#pattern)) {
      const token = this.#byContent.get(content)!;
      let end = index + content.length;
      if (index < from || (token.singleWord && !standsAlone(text, index, end))) continue;
      let before = text.slice(from, index);
      if (token.lstrip) before = before.slice(0, SPACE_BEFORE.exec(before)!.index);
      if (token.rstrip) end += SPACE_BEHIND.exec(text.slice(end))![0].length;
      if (before !== "") parts.push({ text: before });
      parts.push({ id: token.id });
      from = end;
    }
    if (from < text.length) parts.push({ text: text.slice(from) });
    return parts;
  }
}

function standsAlone(text: string, start: number, end: number): boolean {
  return !WORD.test([...text.slice(Math.max(0, start - 2), start)].at(-1) ?? "") &&
    !WORD.test([...text.slice(end, end + 2)][0] ?? "");
}
