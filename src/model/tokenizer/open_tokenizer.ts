/** The one door to all tokenizers: what a model's description names, ready to work. */
import { join } from "node:path";
import type { FileTokenizer } from "../../checkpoint/state_dict.ts";
import { ClipError } from "../../errors.ts";
import { ClipTokens } from "./clip_tokens.ts";
import { readTokenizerFile } from "./pipeline/tokenizer_file.ts";
import { PipelineTokenizer, type PipelineTokenizerOptions } from "./pipeline_tokenizer.ts";
import { PipelineTokens } from "./pipeline_tokens.ts";
import { CLIP_CONTEXT_LENGTH, Tokenizer, type TokenizerOptions } from "./tokenizer.ts";

/** Which tokenizer, and what the model makes of it. Plain JSON: it goes to workers. */
export interface TokenizerSetup extends TokenizerOptions {
  /** Without it the tokenizer is CLIP's own. */
  published?: {
    description: FileTokenizer;
    /** Where its file lies. */
    folder: string;
    /** What texts are filled up with. */
    padId: number;
  };
}

/** Texts to ids, for the model. */
export type IdTokenizer = Pick<Tokenizer, "contextLength" | "vocabSize" | "encodeInto">;

/** What a `TextTokenizer` answers, on the thread that calls. */
export type TextTokens =
  & Pick<
    PipelineTokens,
    "tokenize" | "count" | "keepLast" | "decode" | "spelling" | "isSpecial"
  >
  & {
    /** `count`, if a short look at the text tells it. */
    countAtOnce?(text: string, limit: number): number | undefined;
  };

/**
 * Opens the tokenizer of a model's texts. One per thread; a file is read once per thread.
 * @throws {ClipError} "model": there is no file, or it is broken, or a part of it, which is named, is
 * not read.
 */
export function openTokenizer(setup: TokenizerSetup): IdTokenizer {
  return setup.published === undefined
    ? new Tokenizer(setup)
    : new PipelineTokenizer(pipelineOptions(setup, setup.published));
}

/** The same for those who ask about tokens. @throws {ClipError} as `openTokenizer`. */
export function openTextTokens(setup: TokenizerSetup): TextTokens {
  return setup.published === undefined
    ? new ClipTokens(setup)
    : new PipelineTokens(pipelineOptions(setup, setup.published));
}

function pipelineOptions(
  { contextLength = CLIP_CONTEXT_LENGTH, vocabSize }: TokenizerSetup,
  { description, folder, padId }: NonNullable<TokenizerSetup["published"]>,
): PipelineTokenizerOptions {
  const { file, format, clean, stripSep } = description;
  const pipeline = readTokenizerFile(join(folder, file), format, clean);
  if (stripSep && pipeline.addedId("[SEP]") === undefined) {
    throw new ClipError("model", `Cannot use the tokenizer '${file}': it has no [SEP]`);
  }
  return {
    pipeline,
    contextLength,
    vocabSize: vocabSize ?? pipeline.vocabSize,
    padId,
    // The pipeline of SigLIP's SentencePiece file does that itself.
    clean: clean === "siglip" && format === "sentencepiece" ? "none" : clean,
    stripSep,
  };
}
