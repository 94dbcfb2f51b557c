/**
 * Which shapes a session is run with.
 *
 * On a GPU every new shape is slow the first time (kernels are chosen or compiled) and pins memory
 * (microsoft/onnxruntime issues 19838, 14474): batches and text lengths are padded up to a few
 * sizes, all of them warmed up. On a CPU shapes cost nothing, so nothing is padded.
 */

/** The only shapes that a session is to see; both lists ascend. */
export interface ShapeBuckets {
  /** Batch sizes, in items. */
  readonly batches: readonly number[];
  /** Text lengths, in tokens. */
  readonly lengths: readonly number[];
}

/** A shape to warm up: the batch of both towers and the length of the texts. */
export interface WarmUpShape {
  readonly batch: number;
  /** Tokens. */
  readonly length: number;
}

/**
 * Text lengths of the buckets below the whole context: most captions have less than 16 tokens, and
 * where the context is longer than OpenAI's most texts are no longer than that.
 */
const SHORT_LENGTHS = [16, 32, 77] as const;

/** Text length that is warmed up where lengths are free. */
const FREE_WARM_UP_LENGTH = 16;

/**
 * The buckets of a GPU: powers of two up to the largest minibatch, and a few text lengths.
 * @param minibatchSize most items of a batch, at least 1.
 * @param contextLength tokens of the longest text.
 */
export function gpuBuckets(minibatchSize: number, contextLength: number): ShapeBuckets {
  const batches: number[] = [];
  for (let size = 1; size < minibatchSize; size *= 2) batches.push(size);
  batches.push(minibatchSize);
  return {
    batches,
    lengths: [...SHORT_LENGTHS.filter((length) => length < contextLength), contextLength],
  };
}

/** Rounds shapes up to buckets, or leaves them as they are. */
export class ShapePolicy {
  readonly #buckets: ShapeBuckets | undefined;

  /** @param buckets the shapes to round up to; without them shapes stay as they are. */
  constructor(buckets?: ShapeBuckets) {
    this.#buckets = buckets;
  }

  /** Rows that a batch of `count` items is run with. What is over the largest bucket stays. */
  batch(count: number): number {
    return roundUp(count, this.#buckets?.batches);
  }

  /**
   * Tokens that texts of `length` are run with.
   * @param most tokens of the longest text that the graph takes.
   */
  length(length: number, most: number): number {
    return Math.min(Math.max(length, roundUp(length, this.#buckets?.lengths)), most);
  }

  /**
   * Every shape that is to be run before the first request. The largest comes first, so that its
   * buffers are reused by the others; the smallest second, since TensorRT builds its engine anew
   * for a shape outside of those it has seen: all others lie between the two.
   * @param free batch sizes for where nothing is rounded.
   * @param most tokens of the longest text.
   */
  warmUps(free: readonly number[], most: number): WarmUpShape[] {
    const { batches, lengths } = this.#buckets ??
      { batches: free, lengths: [FREE_WARM_UP_LENGTH] };
    const capped = [...new Set(lengths.map((length) => Math.min(length, most)))];
    const shapes = batches.toReversed().flatMap((batch) =>
      capped.toReversed().map((length) => ({ batch, length }))
    );
    return shapes.length < 3 ? shapes : [shapes[0]!, shapes.at(-1)!, ...shapes.slice(1, -1)];
  }
}

function roundUp(size: number, buckets: readonly number[] = []): number {
  return buckets.find((bucket) => bucket >= size) ?? size;
}
