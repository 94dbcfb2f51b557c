/** `vocab.txt`: a token a line, which is all that BERT's tokenizers were published as. */
import { ClipError } from "../../../errors.ts";
import type { AddedToken } from "./added_tokens.ts";
import { cleanForBert, splitForBert } from "./bert_text.ts";
import { wordPieceStep } from "./decoders.ts";
import { Pipeline } from "./pipeline.ts";
import { MAX_TOKENS } from "./token_model.ts";
import { WordPiece } from "./word_piece.ts";

/** Tokens that are no part of a text (transformers, `BertTokenizer`). */
const SPECIALS = ["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"] as const;

const CONTINUING = "##";
const MAX_CHARACTERS = 100;

/**
 * The pipeline of transformers' `BertTokenizerFast` over a vocabulary.
 * @param text of the file.
 * @param lowercase in lower case, and without accents.
 * @throws {ClipError} "model": a token is missing that it cannot be without.
 */
export function readVocabTxt(text: string, lowercase: boolean, label: string): Pipeline {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  if (lines.at(-1) === "") lines.pop();
  if (lines.length > MAX_TOKENS) {
    const reason = `it has ${lines.length} lines: more than ${MAX_TOKENS} are not read`;
    throw new ClipError("model", `Cannot read the tokenizer '${label}': ${reason}`);
  }
  const vocabulary = new Map(lines.map((token, id) => [token, id]));
  const idOf = (token: string) => {
    const id = vocabulary.get(token);
    if (id !== undefined) return id;
    throw new ClipError("model", `Cannot read the tokenizer '${label}': it has no ${token}`);
  };
  const model = new WordPiece({
    vocabulary,
    unknownId: idOf("[UNK]"),
    continuingPrefix: CONTINUING,
    maxCharacters: MAX_CHARACTERS,
  });
  const cleaning = {
    cleanText: true,
    handleChineseCharacters: true,
    stripAccents: lowercase,
    lowercase,
  };
  const added = SPECIALS.filter((token) => vocabulary.has(token)).map((content): AddedToken => ({
    id: idOf(content),
    content,
    special: true,
    normalized: false,
    lstrip: false,
    rstrip: false,
    singleWord: false,
  }));
  return new Pipeline({
    normalize: (text) => cleanForBert(text, cleaning),
    split: (text, _first, take) => splitForBert(text, take),
    model: { encode: (word, out) => model.encode(word, out), tokens: lines },
    added,
    template: { before: [idOf("[CLS]")], behind: [idOf("[SEP]")] },
    decode: (tokens) => wordPieceStep(CONTINUING, true)(tokens).join(""),
  });
}
