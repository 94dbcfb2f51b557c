/** An embedder without a model: every text and image has numbers of its own, at once. */
import { ClipError } from "../../../src/errors.ts";
import type { Embedder, EmbedItem } from "../../../src/bulk/embedder.ts";

const decoder = new TextDecoder();

/** The embedding of a text, or of the bytes of a text that is taken for an image. */
export function numbersOf(content: string, dimensions = 8): Float32Array {
  let hash = 2166136261;
  const vector = new Float32Array(dimensions);
  for (let i = 0; i < content.length; i++) {
    hash = Math.imul(hash ^ content.charCodeAt(i), 16777619);
  }
  for (let i = 0; i < dimensions; i++) {
    hash = Math.imul(hash ^ (hash >>> 15), 2246822519) + i | 0;
    vector[i] = hash / 2 ** 31;
  }
  return vector;
}

/** Counts what it embeds. A text that begins with `bad` cannot be embedded. */
export class NumbersEmbedder implements Embedder {
  readonly model = "numbers";
  readonly batchSize: number = 16;
  readonly inFlight: number = 3;
  readonly dimensions: number;
  /** Every content that was given to it. */
  readonly seen: string[] = [];
  calls = 0;
  /** Done before each call's answer. */
  before: (items: readonly EmbedItem[], signal: AbortSignal) => Promise<void> | void = () => {};

  constructor(dimensions = 8) {
    this.dimensions = dimensions;
  }

  async encode(
    items: readonly EmbedItem[],
    signal: AbortSignal,
  ): Promise<(Float32Array | Error)[]> {
    this.calls++;
    const contents = items.map((item) => "text" in item ? item.text : decoder.decode(item.image));
    await this.before(items, signal);
    return contents.map((content) => {
      this.seen.push(content);
      return content.startsWith("bad")
        ? new ClipError("document", `"${content}" is bad`)
        : numbersOf(content, this.dimensions);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
