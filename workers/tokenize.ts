/**
 * Tokenizes long texts, one after the other: the repairs that come before it take seconds for a text
 * that is made for that.
 */
/// <reference lib="deno.worker" />
import { ClipError } from "../src/errors.ts";
import { ClipTokens } from "../src/model/tokenizer/clip_tokens.ts";
import type { FromTokenizer, TextQuestion, ToTokenizer } from "./tokenize_messages.ts";

function answer(tokens: ClipTokens, question: TextQuestion) {
  switch (question.type) {
    case "tokenize":
      return tokens.tokenize(question.text, question.options);
    case "count":
      return tokens.count(question.text, question.limit);
    case "keepLast":
      return tokens.keepLast(question.text);
  }
}

function reply(message: FromTokenizer): void {
  self.postMessage(message);
}

/** There is one tokenizer that asks. */
let tokens: ClipTokens | undefined;

self.onmessage = ({ data }: MessageEvent<ToTokenizer>) => {
  try {
    reply({ answer: answer(tokens ??= new ClipTokens(data.tokenizer), data) });
  } catch (thrown) {
    reply({ error: ClipError.wrap(thrown, "invalid").toData() });
  }
};
