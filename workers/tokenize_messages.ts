/** The messages between the main thread and the worker that tokenizes long texts. Types only. */
import type { ErrorData } from "../src/errors.ts";
import type { TokenizedText, TokenizeOptions } from "../src/model/tokenizer/text_tokenizer.ts";
import type { TokenizerSetup } from "../src/model/tokenizer/open_tokenizer.ts";

/** What is asked of one text, and how it is answered. */
export type TextQuestion =
  | { type: "tokenize"; text: string; options: TokenizeOptions }
  | { type: "count"; text: string; limit: number }
  | { type: "keepLast"; text: string };

/** main → tokenizing worker: once what it works with, then questions. */
export type ToTokenizer = { type: "open"; tokenizer: TokenizerSetup } | TextQuestion;

/** tokenizing worker → main: that it is there, then answers in the order of the questions. */
export type FromTokenizer =
  | { ready: true }
  | { answer: TokenizedText | number | string }
  | { error: ErrorData };
