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

/** Whose way to read such a vocabulary. */
export interface VocabReading {
  /** In lower case, and without accents. */
  lowercase: boolean;
  /** Whether special tokens that are written out in a text are those. */
  specials: boolean;
  /** Whether a sigma at the end of a word is another letter in lower case. */
  finalSigma: boolean;
  /** Longer words are unknown. */
  maxCharacters: number;
}

const BERT_TOKENIZER_FAST = { specials: true, finalSigma: false, maxCharacters: 100 } as const;

/** transformers' `BertTokenizerFast`, and `FullTokenizer` of cn_clip 1.6.0 (`bert_tokenizer.py`). */
export const VOCAB_READINGS = {
  wordpiece_cased: { ...BERT_TOKENIZER_FAST, lowercase: false },
  wordpiece_uncased: { ...BERT_TOKENIZER_FAST, lowercase: true },
  wordpiece_chinese_clip: {
    lowercase: true,
    specials: false,
    finalSigma: true,
    maxCharacters: 200,
  },
} as const satisfies Record<string, VocabReading>;

/**
 * The pipeline over a vocabulary.
 * @param text of the file.
 * @throws {ClipError} "model": a token is missing that it cannot be without.
 */
export function readVocabTxt(text: string, reading: VocabReading, label: string): Pipeline {
  const { lowercase, finalSigma } = reading;
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
    maxCharacters: reading.maxCharacters,
  });
  const cleaning = {
    cleanText: true,
    handleChineseCharacters: true,
    stripAccents: lowercase,
    lowercase,
    finalSigma,
  };
  const specials = SPECIALS.filter((token) => vocabulary.has(token));
  const added = specials.map((content): AddedToken => ({
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
    added: reading.specials ? added : [],
    special: added.map(({ id }) => id),
    template: { before: [idOf("[CLS]")], behind: [idOf("[SEP]")] },
    decode: (tokens) => wordPieceStep(CONTINUING, true)(tokens).join(""),
  });
}
