/**
 * SigLIP's tokenizer (transformers 4.57, `SiglipTokenizer`): SentencePiece with lower case, without
 * punctuation, and with its way around white space that the model file would take away.
 */
import { AddedTokens } from "./added_tokens.ts";
import { lowered } from "./bert_text.ts";
import type { SentencePieceFile } from "./sentencepiece_file.ts";
import { SentencePieceModel } from "./sentencepiece.ts";
import { collapseSpaces, withoutPunctuation } from "./text_cleaning.ts";

const SPACE_MARK = "\u2581";
/** It is put before each part, whose first space would be lost, and its pieces are taken off again. */
const GUARD = "<unk>";

/** Text to ids, without the end of text. */
export class SiglipText {
  readonly #model: SentencePieceModel;
  readonly #added: AddedTokens;
  readonly #markId: number;
  /** Pieces of the guard alone. */
  readonly #guarded: number;

  constructor(file: SentencePieceFile) {
    this.#model = new SentencePieceModel(file, false);
    const idOf = (piece: string) => file.pieces.findIndex((each) => each.piece === piece);
    const specials = ["</s>", "<unk>"].map((content) => ({ content, id: idOf(content) }))
      .filter(({ id }) => id >= 0);
    this.#added = new AddedTokens(
      specials.map((token) => ({
        ...token,
        special: true,
        normalized: false,
        lstrip: true,
        rstrip: true,
        singleWord: false,
      })),
    );
    this.#markId = idOf(SPACE_MARK);
    const guard: number[] = [];
    this.#model.encode(GUARD, guard);
    this.#guarded = guard.length;
  }

  /** All ids of a text. */
  encode(text: string): number[] {
    const ids: number[] = [];
    for (const part of this.#added.split(lowered(SPACE_MARK + text.replaceAll(SPACE_MARK, " ")))) {
      if ("id" in part) {
        // The space before the first word, where a token is the first.
        if (ids.length === 1 && ids[0] === this.#markId) ids.pop();
        ids.push(part.id);
      } else {
        const own: number[] = [];
        this.#model.encode(GUARD + collapseSpaces(withoutPunctuation(part.text)), own);
        for (const id of own.slice(this.#guarded)) ids.push(id);
      }
    }
    return ids;
  }
}
