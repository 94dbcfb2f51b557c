/** Sets of characters from ranges. */

/** One of them: a bit for each character of Unicode. */
export class CharacterSet {
  readonly #bits = new Uint8Array(0x110000 >> 3);

  /** @param words as in `bert_ranges.ts`. */
  constructor(words: string) {
    let last = 0;
    for (const word of words.split(" ")) {
      const [gap, more = "0"] = word.split("+");
      const first = last + parseInt(gap!, 36);
      last = first + parseInt(more, 36);
      for (let c = first; c <= last; c++) this.#bits[c >> 3]! |= 1 << (c & 7);
    }
  }

  /** Whether a code point is in it. */
  has(codePoint: number): boolean {
    return (this.#bits[codePoint >> 3]! >> (codePoint & 7) & 1) === 1;
  }
}
