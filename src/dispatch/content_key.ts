/** Keys of items, equal for equal ones: the same item is computed once, and kept under its key. */
import { createHash, hash } from "node:crypto";
import type { EncodeItem } from "../model/item.ts";
import type { Pace } from "../pace.ts";

/** Texts up to this many characters are their own key; hashing them would cost more. */
const SHORT_TEXT = 128;

/**
 * Texts of more characters are a job of their own each time: to hash them would hold up the main
 * thread for longer than their tokens take.
 */
const LONG_TEXT = 1_000_000;
let longTexts = 0;

/** Bytes that are hashed between two looks at the clock. */
const SLICE_BYTES = 4 * 2 ** 20;

/** Makes the keys of one request's items. */
export class ContentKeys {
  readonly #pace: Pace;
  /** Those of bytes that several items share, as a `uri` that is named often. */
  readonly #known = new Map<Uint8Array, string>();

  /** @param pace of the request; large images are hashed in its slices. */
  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /**
   * A key that is equal for equal items and for no others (SHA-256 for all but short texts); a
   * promise of it only where that takes long. Very long texts have a new one each time.
   */
  of(item: EncodeItem): string | Promise<string> {
    if (item.modality === "text") {
      if (item.text.length > LONG_TEXT) return `l:${longTexts++}`;
      return item.text.length <= SHORT_TEXT
        ? `t:${item.text}`
        : `T:${hash("sha256", item.text, "base64")}`;
    }
    if ("bytes" in item) return this.#ofBytes("i:", item.bytes);
    const { width, height, channels, data } = item.pixels;
    return this.#ofBytes(`p:${width}x${height}x${channels}:`, data);
  }

  #ofBytes(kind: string, bytes: Uint8Array): string | Promise<string> {
    const known = this.#known.get(bytes);
    if (known !== undefined) return kind + known;
    if (bytes.length > SLICE_BYTES) return this.#ofMany(kind, bytes);
    const digest = hash("sha256", bytes, "base64");
    this.#known.set(bytes, digest);
    return kind + digest;
  }

  async #ofMany(kind: string, bytes: Uint8Array): Promise<string> {
    const sha256 = createHash("sha256");
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      if (this.#pace.due) await this.#pace.breathe();
      sha256.update(bytes.subarray(at, at + SLICE_BYTES));
    }
    const digest = sha256.digest("base64");
    this.#known.set(bytes, digest);
    return kind + digest;
  }
}
