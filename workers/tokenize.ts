/**
 * Tokenizes long texts, one after the other: the repairs that come before it take seconds for a text
 * that is made for that.
 */
/// <reference lib="deno.worker" />
import { ClipError } from "../src/errors.ts";
import {
  openTextTokens,
  type TextTokens,
  type TokenizerSetup,
} from "../src/model/tokenizer/open_tokenizer.ts";
import type { FromTokenizer, TextQuestion, ToTokenizer } from "./tokenize_messages.ts";

function answer(tokens: TextTokens, question: TextQuestion) {
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
let setup: TokenizerSetup = {};
let tokens: TextTokens | undefined;

/** Loads what questions need before there is one: their time is theirs. */
function open(): void {
  try {
    tokens = openTextTokens(setup);
  } catch {
    // Every question will be told.
  }
  reply({ ready: true });
}

self.onmessage = ({ data }: MessageEvent<ToTokenizer>) => {
  if (data.type === "open") {
    setup = data.tokenizer;
    return open();
  }
  try {
    reply({ answer: answer(tokens ??= openTextTokens(setup), data) });
  } catch (thrown) {
    reply({ error: ClipError.wrap(thrown, "invalid").toData() });
  }
};
