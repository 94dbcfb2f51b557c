/**
 * Byte-pair encoding over characters with ranked merges (huggingface/tokenizers 0.22,
 * `models/bpe/model.rs`): of all pairs the one that was learned first is merged first, the leftmost of
 * several.
 */
import { ClipError } from "../../../errors.ts";
import { WordCache } from "../word_cache.ts";
import { bytesOf, unitsOf, utf8 } from "./characters.ts";
import { mergeSymbols, type WordSymbols } from "./merge_symbols.ts";
import { Joints, MergeTable } from "./merge_table.ts";
import { addToken, type TokenOutput } from "./token_output.ts";

/** How a model is read. */
export interface PairMergesOptions {
  vocabulary: ReadonlyMap<string, number>;
  /** Pairs in the order in which they were learned. */
  merges: readonly (readonly [string, string])[];
  /** Of characters that have no id; undefined: they are left out. */
  unknownId: number | undefined;
  /** Unknown characters that follow each other are one. */
  fuseUnknown: boolean;
  /** Characters without an id become these ids of their bytes, if all of them have one. */
  byteIds: readonly (number | undefined)[] | undefined;
  /** A word that is in the vocabulary is that, whatever its merges. */
  ignoreMerges: boolean;
}

/** Longer words are cut where no merge can join what is on both sides. */
const LONG_WORD = 16;

/** One model. */
export class PairMerges {
  readonly #options: Pick<PairMergesOptions, "unknownId" | "fuseUnknown" | "byteIds">;
  /** Words that are tokens whatever their merges. */
  readonly #whole: ReadonlyMap<string, number>;
  /** Ids of single characters. */
  readonly #characters = new Map<number, number>();
  readonly #table: MergeTable;
  readonly #joints = new Joints();
  /** Whether words may be cut: not where what is no character takes part in merges. */
  #cuts = true;
  readonly #cache = new WordCache();
  #symbols: WordSymbols = symbolsOf(0);

  /** @throws {ClipError} "model": a merge is of tokens that the vocabulary does not have. */
  constructor({ vocabulary, merges, ignoreMerges, ...options }: PairMergesOptions) {
    this.#options = options;
    this.#whole = ignoreMerges ? vocabulary : new Map();
    for (const [token, id] of vocabulary) {
      const codePoint = token.codePointAt(0);
      if (codePoint !== undefined && token.length === unitsOf(codePoint)) {
        this.#characters.set(codePoint, id);
      }
    }
    const others = new Set([options.unknownId, ...options.byteIds ?? []]);
    this.#table = new MergeTable(merges.length);
    for (let rank = 0; rank < merges.length; rank++) {
      const [left, right] = merges[rank]!;
      const a = vocabulary.get(left);
      const b = vocabulary.get(right);
      const merged = vocabulary.get(left + right);
      if (a === undefined || b === undefined || merged === undefined) {
        const [one, other] = [JSON.stringify(left), JSON.stringify(right)];
        throw new ClipError(
          "model",
          `tokenizer.json: 'tokenizer.model.merges[${rank}]' (${one} and ${other}) is of tokens ` +
            "that the vocabulary does not have",
        );
      }
      this.#table.set(a, b, rank, merged);
      this.#joints.add(left, right);
      if (others.has(a) || others.has(b)) this.#cuts = false;
    }
    if (options.byteIds?.includes(undefined)) this.#cuts = false;
  }

  /** Adds the tokens of a word, or as many as are enough. */
  encode(word: string, out: TokenOutput): void {
    const whole = this.#whole.get(word);
    if (whole !== undefined) return addToken(out, whole, 0, word.length);
    if (out.places !== undefined || word.length <= LONG_WORD || !this.#cuts) {
      return this.#encodePart(word, out);
    }
    let start = 0;
    let before = word.codePointAt(0)!;
    for (let at = unitsOf(before); at < word.length;) {
      const next = word.codePointAt(at)!;
      if (this.#isBorder(before, next)) {
        this.#encodePart(word.slice(start, at), out);
        if (out.ids.length >= out.enough) return;
        start = at;
      }
      before = next;
      at += unitsOf(next);
    }
    this.#encodePart(word.slice(start), out);
  }

  /** Whether no token has both characters, which stand side by side. */
  #isBorder(left: number, right: number): boolean {
    if (this.#joints.has(left, right)) return false;
    return this.#characters.has(left) || this.#characters.has(right);
  }

  #encodePart(part: string, out: TokenOutput): void {
    if (out.places === undefined && this.#cache.append(part, out.ids)) return;
    const from = out.ids.length;
    const symbols = this.#read(part);
    mergeSymbols(symbols, this.#table);
    for (let i = 0; i < symbols.count; i++) {
      addToken(out, symbols.ids[i]!, symbols.starts[i]!, symbols.ends[i]!);
    }
    if (out.places === undefined) this.#cache.keep(part, out.ids, from);
  }

  /** The ids of a word's characters. */
  #read(word: string): WordSymbols {
    const { unknownId, byteIds, fuseUnknown } = this.#options;
    // A character has as many bytes as three for each unit.
    if (this.#symbols.ids.length < 3 * word.length) this.#symbols = symbolsOf(3 * word.length);
    const symbols = this.#symbols;
    symbols.count = 0;
    /** Where the unknown characters that were not added yet begin and end. */
    let unknown: [start: number, end: number] | undefined;
    const addUnknown = () => {
      if (unknown && unknownId !== undefined) addSymbol(symbols, unknownId, ...unknown);
      unknown = undefined;
    };
    for (let at = 0; at < word.length;) {
      const codePoint = word.codePointAt(at)!;
      const end = at + unitsOf(codePoint);
      const id = this.#characters.get(codePoint);
      const bytes = id === undefined && byteIds !== undefined
        ? Array.from(utf8(word.slice(at, end)), (byte) => byteIds[byte])
        : [];
      if (id !== undefined) {
        addUnknown();
        addSymbol(symbols, id, at, end);
      } else if (bytes.length === bytesOf(codePoint) && !bytes.includes(undefined)) {
        // An unknown one before is added when one comes that is known, as in the original.
        for (const byte of bytes) addSymbol(symbols, byte!, at, end);
      } else if (unknown && fuseUnknown) unknown[1] = end;
      else {
        addUnknown();
        unknown = [at, end];
      }
      at = end;
    }
    addUnknown();
    return symbols;
  }
}

function symbolsOf(room: number): WordSymbols {
  const [ids, starts, ends] = [0, 0, 0].map(() => new Int32Array(room));
  return { count: 0, ids: ids!, starts: starts!, ends: ends! };
}

function addSymbol(symbols: WordSymbols, id: number, start: number, end: number): void {
  const at = symbols.count++;
  symbols.ids[at] = id;
  symbols.starts[at] = start;
  symbols.ends[at] = end;
}
