/** Many paths, held in few bytes: a million of them in about as much as their letters take. */

const BLOCK = 1024;
const UTF8_ENCODER = new TextEncoder();
const UTF8_DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** A list of paths that is only ever added to. */
export class PathList {
  readonly #blocks: Uint8Array[] = [];
  /** Those that make no block yet. */
  #last: string[] = [];

  /** How many there are. */
  get length(): number {
    return this.#blocks.length * BLOCK + this.#last.length;
  }

  /** Adds one to the end. */
  append(path: string): void {
    this.#last.push(path);
    if (this.#last.length < BLOCK) return;
    // No path has a NUL in it.
    this.#blocks.push(UTF8_ENCODER.encode(this.#last.join("\0")));
    this.#last = [];
  }

  /** All of them, in the order in which they were added. */
  *paths(): Generator<string> {
    for (const block of this.#blocks) yield* UTF8_DECODER.decode(block).split("\0");
    yield* this.#last;
  }

  /** Their bytes, for a digest. */
  *bytes(): Generator<Uint8Array> {
    yield* this.#blocks;
    yield UTF8_ENCODER.encode(this.#last.join("\0"));
  }
}
