/** The messages between the main thread and the worker that tokenizes long texts. Types only. */
import type { ErrorData } from "../src/errors.ts";
import type { TokenizedText, TokenizeOptions } from "../src/model/tokenizer/text_tokenizer.ts";
import type { TokenizerOptions } from "../src/model/tokenizer/tokenizer.ts";

/** What is asked of one text, and how it is answered. */
export type TextQuestion =
  | { type: "tokenize"; text: string; options: TokenizeOptions }
  | { type: "count"; text: string; limit: number }
  | { type: "keepLast"; text: string };

/** main → tokenizing worker. */
export type ToTokenizer = TextQuestion & { tokenizer: TokenizerOptions };

/** tokenizing worker → main, in the order of the questions. */
export type FromTokenizer = { answer: TokenizedText | number | string } | { error: ErrorData };
