/** More captions than the fixture has, of the same lengths: the head of one with the tail of another. */
import { captions } from "../inputs.ts";

/** Makes them; the same number gives the same caption. */
export class Captions {
  readonly #halves = captions().map(({ text }) => {
    const words = text.split(/\s+/);
    const half = Math.ceil(words.length / 2);
    return { head: words.slice(0, half).join(" "), tail: words.slice(half).join(" ") };
  });

  /** A caption: the first ones are the fixture's own. Later ones may be equal to an earlier one. */
  text(index: number): string {
    const all = this.#halves.length;
    const { head } = this.#halves[index % all]!;
    const { tail } = this.#halves[(index + Math.floor(index / all)) % all]!;
    return tail === "" ? head : `${head} ${tail}`;
  }
}
