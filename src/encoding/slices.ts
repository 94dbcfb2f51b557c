/**
 * Work that may be long, written as a generator that yields where it can pause: short work is done
 * at once, long work in slices, between which the event loop turns.
 */
import { Pace } from "../pace.ts";

/** Work that yields where it can pause, and returns its result. */
export type Sliced<T> = Generator<void, T, void>;

/** About as much work as a look at the clock is worth: in bytes that are scanned, ten microseconds. */
const UNITS_BETWEEN_LOOKS = 1 << 14;

/** Says when a piece of work should pause. */
export class Slices {
  /** Made at the first look: short work does not look at the clock at all. */
  #pace: Pace | undefined;
  #left = UNITS_BETWEEN_LOOKS;
  #due = false;

  /**
   * Counts work that was done.
   * @param units about what it takes to scan as many bytes.
   * @returns whether it is time to yield; true until `breathe`.
   */
  spent(units: number): boolean {
    this.#left -= units;
    if (this.#left > 0) return this.#due;
    this.#left = UNITS_BETWEEN_LOOKS;
    this.#pace ??= new Pace();
    return this.#due ||= this.#pace.due;
  }

  /** Lets others pass. */
  breathe(): Promise<void> {
    this.#due = false;
    return (this.#pace ??= new Pace()).breathe();
  }
}

/**
 * Does the work: at once if it takes no longer than a slice.
 * @param signal ends it between two slices.
 * @throws what the work throws, or the signal's reason.
 */
export function inSlices<T>(
  work: (slices: Slices) => Sliced<T>,
  signal?: AbortSignal,
): T | Promise<T> {
  const slices = new Slices();
  const running = work(slices);
  const first = running.next();
  return first.done ? first.value : goOn(running, slices, signal);
}

async function goOn<T>(
  running: Sliced<T>,
  slices: Slices,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (;;) {
    await slices.breathe();
    signal?.throwIfAborted();
    const next = running.next();
    if (next.done) return next.value;
  }
}

/** Does the work without a pause. @throws what the work throws. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const next = work.next();
    if (next.done) return next.value;
  }
}

/** Bytes that are copied at a time. */
const COPY_BYTES = 1 << 20;

/** Copies bytes to a place. */
export function* copyInSlices(
  from: Uint8Array,
  into: Uint8Array,
  at: number,
  slices: Slices,
): Sliced<void> {
  for (let done = 0; done < from.length; done += COPY_BYTES) {
    const piece = from.subarray(done, done + COPY_BYTES);
    into.set(piece, at + done);
    if (slices.spent(piece.length)) yield;
  }
}
