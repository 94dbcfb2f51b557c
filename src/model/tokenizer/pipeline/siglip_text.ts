/**
 * SigLIP's tokenizer (transformers 4.57, `SiglipTokenizer`): SentencePiece with lower case, without
 * punctuation, and with its way around white space that the model file would take away.
 */
import { ClipError } from "../../../errors.ts";
import { lowered } from "./bert_text.ts";
import { Pipeline } from "./pipeline.ts";
import type { SentencePieceFile } from "./sentencepiece_file.ts";
import { SentencePieceModel } from "./sentencepiece.ts";
import { decodePieces } from "./sentencepiece_text.ts";
import { collapseSpaces, withoutPunctuation } from "./text_cleaning.ts";

const SPACE_MARK = "\u2581";
/** It is put before each part, whose first space would be lost, and its pieces are taken off again. */
const GUARD = "<unk>";
const END = "</s>";

/** `x </s>`. @throws {ClipError} "model": there is no `</s>`. */
export function siglipSentencePiece(file: SentencePieceFile, label: string): Pipeline {
  const model = new SentencePieceModel(file, false);
  const idOf = (piece: string) => file.pieces.findIndex((each) => each.piece === piece);
  if (idOf(END) < 0) {
    throw new ClipError("model", `Cannot read the tokenizer '${label}': it has no ${END}`);
  }
  const guard: number[] = [];
  model.encode(model.normalize(GUARD), { ids: guard, enough: Infinity });
  return new Pipeline({
    prepare: (text) => lowered(SPACE_MARK + text.replaceAll(SPACE_MARK, " ")),
    normalize: (text) => model.normalize(GUARD + collapseSpaces(withoutPunctuation(text))),
    split: (text, _first, take) => take(text, 0),
    model: {
      encode(text, out) {
        const from = out.ids.length;
        model.encode(text, { ...out, enough: out.enough + guard.length });
        out.ids.splice(from, guard.length);
        out.places?.starts.splice(from, guard.length);
        out.places?.ends.splice(from, guard.length);
      },
      tokens: file.pieces.map(({ piece }) => piece),
    },
    added: [END, GUARD].filter((content) => idOf(content) >= 0).map((content) => ({
      id: idOf(content),
      content,
      special: true,
      normalized: false,
      lstrip: true,
      rstrip: true,
      singleWord: false,
    })),
    // The space before the first word, where a token is the first.
    notAlone: idOf(SPACE_MARK),
    template: { before: [], behind: [idOf(END)], once: true },
    decode: decodePieces,
  });
}
