/** The calls that are with the index's thread: bounded in number and bytes. */

/** Calls at one time, and bytes of their documents. */
const [MOST_CALLS, MOST_BYTES] = [4096, 1 << 28];

/** A call, and those who are told what came of it. */
export interface PendingCall {
  /** Of its documents. */
  bytes: number;
  signal: AbortSignal;
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
}

/** Calls by their numbers. */
export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();
  #bytes = 0;
  #next = 0;

  /** Whether one of so many bytes may come. One alone always may: it never could else. */
  hasRoom(bytes: number): boolean {
    return this.#calls.size < MOST_CALLS &&
      (this.#bytes === 0 || this.#bytes + bytes <= MOST_BYTES);
  }

  /** @returns its number. */
  add(call: PendingCall): number {
    this.#bytes += call.bytes;
    this.#calls.set(this.#next, call);
    return this.#next++;
  }

  /** Takes out a call that is over; undefined if it was over before. */
  take(id: number): PendingCall | undefined {
    const call = this.#calls.get(id);
    if (call === undefined) return undefined;
    this.#calls.delete(id);
    this.#bytes -= call.bytes;
    return call;
  }

  /** All of them are over. */
  rejectAll(error: unknown): void {
    for (const id of [...this.#calls.keys()]) this.take(id)?.reject(error);
  }
}
