/**
 * Large images have a lane of their own: they have at most half of the workers, and together no more
 * memory than they may. So other images and texts do not wait behind them.
 */
import { decodeCost } from "../model/image/decode_cost.ts";
import type { ImageLimits } from "../model/image/reject.ts";
import type { Job } from "./job.ts";

/** An image of more pixels, or bytes to decode it, is large: it takes a tenth of a second and more. */
const LARGE_PIXELS = 8_000_000;
const LARGE_BYTES = 64_000_000;

/** What bounds a decoder's memory. */
type DecodeLimits = Required<Omit<ImageLimits, "timeoutMs">>;

/** Which images are large, and how many of them are being decoded. */
export class LargeImages {
  readonly #most: number;
  readonly #limits: DecodeLimits;
  /** Bytes that decoding each takes. */
  readonly #bytes = new WeakMap<Job, number>();
  #decoding = 0;
  #held = 0;

  /**
   * @param workers all of them; with one, everything waits for a large image in its hands.
   * @param limits of what is decoded; all together take no more than `maxDecodeBytes` of one.
   */
  constructor(workers: number, limits: DecodeLimits) {
    this.#most = Math.max(1, Math.floor(workers / 2));
    this.#limits = limits;
  }

  /** Looks at the header of a job's image. */
  examine(job: Job): void {
    const { item } = job;
    if (item.modality !== "image") return;
    const cost = decodeCost("bytes" in item ? item.bytes : item.pixels, this.#limits);
    if (cost.pixels > LARGE_PIXELS || cost.bytes > LARGE_BYTES) this.#bytes.set(job, cost.bytes);
  }

  /** Whether a job's image is a large one. */
  has(job: Job): boolean {
    return this.#bytes.has(job);
  }

  /** Whether a large image may be decoded now. */
  admits(job: Job): boolean {
    if (this.#decoding >= this.#most) return false;
    return this.#held + this.#bytes.get(job)! <= this.#limits.maxDecodeBytes;
  }

  /** A large image goes to a decoder. */
  begin(job: Job): void {
    this.#decoding++;
    this.#held += this.#bytes.get(job)!;
  }

  /** A decoder is done with an image, or gone. */
  end(job: Job): void {
    const bytes = this.#bytes.get(job);
    if (bytes === undefined) return;
    this.#decoding--;
    this.#held -= bytes;
  }
}
