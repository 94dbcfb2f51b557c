/** Pipelines over SentencePiece's own files, as transformers' slow tokenizers have them. */
import { ClipError } from "../../../errors.ts";
import type { AddedToken } from "./added_tokens.ts";
import { Pipeline } from "./pipeline.ts";
import { PIECE_TYPE, type SentencePieceFile } from "./sentencepiece_file.ts";
import { SentencePieceModel } from "./sentencepiece.ts";
import { SiglipText } from "./siglip_text.ts";

/** `x </s>`, ids as in the file (transformers, `T5Tokenizer`). @throws {ClipError} no `</s>`. */
export function plainSentencePiece(file: SentencePieceFile, label: string): Pipeline {
  const model = new SentencePieceModel(file);
  return new Pipeline({
    normalize: (text) => text,
    split: (text, _first, take) => take(text),
    model: {
      encode: (text, ids) => model.encode(text, ids),
      tokens: file.pieces.map(({ piece }) => piece),
    },
    added: controls(file),
    template: { before: [], behind: [idOf(file, "</s>", label)], once: true },
  });
}

/** `x </s>` as SigLIP has it. @throws {ClipError} no `</s>`. */
export function siglipSentencePiece(file: SentencePieceFile, label: string): Pipeline {
  const model = new SiglipText(file);
  return new Pipeline({
    normalize: (text) => text,
    split: (text, _first, take) => take(text),
    model: {
      encode: (text, ids) => {
        for (const id of model.encode(text)) ids.push(id);
      },
      tokens: file.pieces.map(({ piece }) => piece),
    },
    // It finds them itself.
    added: [],
    template: { before: [], behind: [idOf(file, "</s>", label)], once: true },
  });
}

/** Ids of fairseq that have other places in the file. */
const FAIRSEQ = ["<s>", "<pad>", "</s>", "<unk>"] as const;
const FAIRSEQ_UNKNOWN = 3;

/** `<s> x </s>` with fairseq's ids (transformers, `XLMRobertaTokenizer`). */
export function fairseqSentencePiece(file: SentencePieceFile): Pipeline {
  const model = new SentencePieceModel(file);
  const unknown = file.pieces.findIndex(({ type }) => type === PIECE_TYPE.unknown);
  const tokens = [
    ...FAIRSEQ,
    ...file.pieces.slice(FAIRSEQ.length - 1).map(({ piece }) => piece),
    "<mask>",
  ];
  const added = [...FAIRSEQ, "<mask>"].map((content): AddedToken => ({
    id: tokens.indexOf(content),
    content,
    special: true,
    normalized: false,
    lstrip: content === "<mask>",
    rstrip: false,
    singleWord: false,
  }));
  return new Pipeline({
    normalize: (text) => text,
    split: (text, _first, take) => take(text),
    model: {
      encode(text, ids) {
        const own: number[] = [];
        model.encode(text, own);
        for (const id of own) ids.push(id === unknown ? FAIRSEQ_UNKNOWN : id + 1);
      },
      tokens,
    },
    added,
    template: { before: [0], behind: [2] },
  });
}

function controls(file: SentencePieceFile): AddedToken[] {
  return file.pieces.flatMap(({ piece, type }, id): AddedToken[] =>
    type === PIECE_TYPE.control || type === PIECE_TYPE.unknown
      ? [{
        id,
        content: piece,
        special: true,
        normalized: false,
        lstrip: false,
        rstrip: false,
        singleWord: false,
      }]
      : []
  );
}

function idOf(file: SentencePieceFile, piece: string, label: string): number {
  const id = file.pieces.findIndex((each) => each.piece === piece);
  if (id >= 0) return id;
  throw new ClipError("model", `Cannot read the tokenizer '${label}': it has no ${piece}`);
}
