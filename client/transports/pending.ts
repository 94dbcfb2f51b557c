/** Requests of a stream that wait for their answers. */
import type { DataResponse } from "../../src/dialects/jina/document/request.ts";
import { ClipClientError, type ClipClientErrorKind } from "../errors.ts";
import { onAbort } from "../stream/on_abort.ts";

interface Waiter {
  /** Bytes of the request. */
  size: number;
  resolve: (response: DataResponse) => void;
  reject: (reason: unknown) => void;
}

/** Ends of a stream that one of its requests has brought about. */
const BROUGHT_ABOUT: ReadonlySet<ClipClientErrorKind> = new Set(["too_large", "invalid", "server"]);

/** Who waits, by the id of the request. */
export class Pending {
  readonly #waiters = new Map<string, Waiter>();
  readonly #stalled: () => void;
  /** When the last answer came. */
  #heard = -Infinity;

  /**
   * @param stalled a request's time has passed in which nothing came at all: whoever is at the other
   * end hangs, or has gone without a word.
   */
  constructor(stalled: () => void = () => {}) {
    this.#stalled = stalled;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /**
   * Waits for an answer.
   * @param size bytes of the request.
   * @param signal gives it up: an answer that comes later is dropped.
   */
  wait(requestId: string, size: number, signal: AbortSignal): Promise<DataResponse> {
    const sent = performance.now();
    return new Promise((resolve, reject) => {
      const done = () => {
        letGo();
        this.#waiters.delete(requestId);
      };
      const giveUp = () => {
        done();
        const { reason } = signal;
        reject(reason);
        const late = reason instanceof ClipClientError && reason.kind === "timeout";
        if (late && this.#heard < sent) this.#stalled();
      };
      const letGo = onAbort(signal, giveUp);
      this.#waiters.set(requestId, {
        size,
        resolve: (response) => {
          done();
          resolve(response);
        },
        reject: (reason) => {
          done();
          reject(reason);
        },
      });
    });
  }

  /** An answer has come. */
  answer(response: DataResponse): void {
    this.#heard = performance.now();
    this.#waiters.get(response.requestId)?.resolve(response);
  }

  /**
   * No more answers come. Where one request has brought that about, it alone is told so (the largest
   * was too large, the oldest was read first): the others only lost their connection.
   */
  fail(error: ClipClientError): void {
    const waiters = [...this.#waiters.values()];
    const culprit = !BROUGHT_ABOUT.has(error.kind)
      ? undefined
      : error.kind === "too_large"
      ? waiters.toSorted((a, b) => b.size - a.size)[0]
      : waiters[0];
    const others = culprit === undefined ? error : new ClipClientError(
      "connection",
      `Another request ended the connection: ${error.message}`,
      { status: error.status, cause: error },
    );
    for (const waiter of waiters) waiter.reject(waiter === culprit ? error : others);
  }
}
