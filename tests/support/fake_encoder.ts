/** An encoder that computes nothing, for tests of what stands before it. */
import { ClipError } from "../../src/errors.ts";
import type { EncodeOptions } from "../../src/dispatch/encoder.ts";
import type { EncodeItem, EncodeResult } from "../../src/model/item.ts";
import type { EncoderDoor } from "../../src/service/executors.ts";

/** Length of its embeddings. */
export const FAKE_DIMENSIONS = 4;

/**
 * Embeds a text as its length and an image as its bytes' count. While `held`, nothing is answered
 * until `release` is called.
 */
export class FakeEncoder implements EncoderDoor {
  held = false;
  ready = true;
  /** Requests that were refused unread. */
  unread = 0;
  /** Whether requests are refused, and told to come back after `waitMs`. */
  full = false;
  waitMs = 0;
  /** Calls that wait for `release`. */
  inside = 0;
  /** The most there have been at one time. */
  peak = 0;
  /** Calls there have been in all. */
  calls = 0;
  /** Calls whose signal fired before they were released. */
  aborted = 0;
  readonly #held: (() => void)[] = [];
  readonly shape = { embedDim: FAKE_DIMENSIONS, imageSize: 224, contextLength: 77 } as never;
  readonly state = {
    waiting: { text: 0, image: 0 },
    expectedWaitMs: { text: 0, image: 0 },
    running: 0,
    heldBytes: 0,
    maxQueue: 100,
    minibatchSize: 8,
    replicas: 1,
    replicasReady: 1,
    replicasBusy: 0,
    restarts: 0,
    embedded: { text: 0, image: 0 },
    minibatches: 0,
  };

  async encode(items: readonly EncodeItem[], options: EncodeOptions = {}): Promise<EncodeResult[]> {
    this.calls++;
    this.inside++;
    this.peak = Math.max(this.peak, this.inside);
    const { signal } = options;
    try {
      if (this.held) {
        await new Promise<void>((resolve, reject) => {
          this.#held.push(resolve);
          signal?.addEventListener("abort", () => {
            this.aborted++;
            reject(ClipError.wrap(signal.reason, "cancelled"));
          });
        });
      }
      return items.map(embed);
    } finally {
      this.inside--;
    }
  }

  /** Lets the oldest held calls go on; all if no number is given. */
  release(count = Infinity): void {
    for (const resolve of this.#held.splice(0, count)) resolve();
  }

  refusedUnread(): void {
    this.unread++;
  }

  refusal(): ClipError | undefined {
    if (!this.full) return undefined;
    return new ClipError("overloaded", "The queue is full: send again later", {
      retryAfterMs: this.waitMs,
    });
  }

  behind(): boolean {
    return false;
  }

  room(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function embed(item: EncodeItem): EncodeResult {
  if (item.modality === "image" && "bytes" in item && item.bytes.length < 8) {
    return new ClipError("document", "cannot identify image file", {
      name: "UnidentifiedImageError",
    });
  }
  const size = item.modality === "text"
    ? item.text.length
    : "bytes" in item
    ? item.bytes.length
    : item.pixels.data.length;
  return Float32Array.of(size, 1, 2, 3);
}
