/**
 * The bytes that requests hold in files fetched for them. A request of a few kilobytes may name a
 * hundred thousand files: without a bound it would fill the memory.
 */
import { ClipError } from "../../errors.ts";

/** Most bytes of fetched files that are held until the requests which named them are answered. */
export interface FetchedLimits {
  /** Of one request. */
  ofRequest: number;
  /** Of all together. */
  ofAll: number;
}

/** Counts them. */
export class FetchedBytes {
  readonly limits: FetchedLimits;
  /** What all requests hold. */
  held = 0;

  constructor(limits: FetchedLimits) {
    this.limits = limits;
  }

  /** Begins a request that holds nothing yet. */
  open(): FetchedShare {
    return new FetchedShare(this);
  }
}

/** What one request holds. */
export class FetchedShare {
  readonly #all: FetchedBytes;
  #own = 0;
  #full: ClipError | undefined;
  #released = false;

  constructor(all: FetchedBytes) {
    this.#all = all;
  }

  /** Why no more is fetched for the request; undefined while it may hold more. */
  get full(): ClipError | undefined {
    return this.#full;
  }

  /**
   * Counts a file.
   * @throws {ClipError} "document" if the request's files are too much, "overloaded" if those of all
   * requests are.
   */
  take(bytes: number): void {
    // What comes when the request has been given up is dropped.
    if (this.#released) return;
    const { ofRequest, ofAll } = this.#all.limits;
    if (this.#own + bytes > ofRequest) {
      const text = `The files behind the URIs of this request hold more than ${ofRequest} bytes ` +
        "('max_message_bytes'): send fewer at a time";
      throw this.#full = new ClipError("document", text, { name: "ValueError" });
    }
    if (this.#all.held + bytes > ofAll) {
      const text = `Files that were fetched hold ${this.#all.held} of ${ofAll} bytes ` +
        "('max_held_bytes'): send again later";
      throw this.#full = new ClipError("overloaded", text);
    }
    this.#own += bytes;
    this.#all.held += bytes;
  }

  /** The request is answered, or given up. */
  release(): void {
    this.#all.held -= this.#own;
    this.#own = 0;
    this.#released = true;
  }
}
