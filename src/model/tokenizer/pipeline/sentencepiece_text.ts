/** Pipelines over SentencePiece's own files, as transformers' slow tokenizers have them. */
import { ClipError } from "../../../errors.ts";
import type { AddedToken } from "./added_tokens.ts";
import { byteFallbackStep, type Decoder, metaspaceStep } from "./decoders.ts";
import { Pipeline, type Template } from "./pipeline.ts";
import { PIECE_TYPE, type SentencePieceFile } from "./sentencepiece_file.ts";
import { SentencePieceModel } from "./sentencepiece.ts";
import type { TokenModel } from "./token_model.ts";

/** `x </s>`, ids as in the file (transformers, `T5Tokenizer`). @throws {ClipError} no `</s>`. */
export function plainSentencePiece(file: SentencePieceFile, label: string): Pipeline {
  const end = file.pieces.findIndex(({ piece }) => piece === "</s>");
  if (end < 0) {
    throw new ClipError("model", `Cannot read the tokenizer '${label}': it has no </s>`);
  }
  const model = new SentencePieceModel(file);
  const tokens = file.pieces.map(({ piece }) => piece);
  const added = file.pieces.flatMap(({ piece, type }, id) =>
    type === PIECE_TYPE.control || type === PIECE_TYPE.unknown ? [special(id, piece)] : []
  );
  return pipelineOf(model, (text, out) => model.encode(text, out), tokens, added, {
    before: [],
    behind: [end],
    once: true,
  });
}

/** Ids of fairseq that have other places in the file. */
const FAIRSEQ = ["<s>", "<pad>", "</s>", "<unk>"] as const;
const FAIRSEQ_UNKNOWN = 3;
const MASK = "<mask>";

/**
 * `<s> x </s>` with fairseq's ids (transformers, `XLMRobertaTokenizer`).
 * @throws {ClipError} "model": it has too few pieces for that.
 */
export function fairseqSentencePiece(file: SentencePieceFile, label: string): Pipeline {
  const model = new SentencePieceModel(file);
  const unknown = file.pieces.findIndex(({ type }) => type === PIECE_TYPE.unknown);
  if (file.pieces.length < FAIRSEQ.length) {
    throw new ClipError("model", `Cannot read the tokenizer '${label}': it has too few pieces`);
  }
  const pieces = file.pieces.slice(FAIRSEQ.length - 1).map(({ piece }) => piece);
  const tokens = [...FAIRSEQ, ...pieces, MASK];
  const added = [...FAIRSEQ, MASK].map((content) => ({
    ...special(content === MASK ? tokens.length - 1 : tokens.indexOf(content), content),
    lstrip: content === MASK,
  }));
  const encode: TokenModel["encode"] = (text, out) => {
    const from = out.ids.length;
    model.encode(text, out);
    for (let i = from; i < out.ids.length; i++) {
      const id = out.ids[i]!;
      out.ids[i] = id === unknown ? FAIRSEQ_UNKNOWN : id + 1;
    }
  };
  return pipelineOf(model, encode, tokens, added, { before: [0], behind: [2] });
}

function pipelineOf(
  model: SentencePieceModel,
  encode: TokenModel["encode"],
  tokens: readonly string[],
  added: readonly AddedToken[],
  template: Template,
): Pipeline {
  return new Pipeline({
    normalize: (text) => model.normalize(text),
    split: (text, _first, take) => take(text, 0),
    model: { encode, tokens },
    added,
    template,
    decode: decodePieces,
  });
}

/** The text of pieces. */
export const decodePieces: Decoder = (tokens) =>
  metaspaceStep("\u2581", true)(byteFallbackStep(tokens)).join("");

function special(id: number, content: string): AddedToken {
  return {
    id,
    content,
    special: true,
    normalized: false,
    lstrip: false,
    rstrip: false,
    singleWord: false,
  };
}
