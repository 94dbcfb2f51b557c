/**
 * The last guard: what nobody caught. A server of many clients is not ended by a fault in what it
 * does for one of them; the fault is written down and counted, and is to be mended where it happened.
 */
import { faultText, type Log } from "../telemetry/log.ts";

/** At most one fault in so long is written to the log, milliseconds: each may have a stack. */
const LOG_EVERY_MS = 1_000;

/** Keeps the process alive from `install` on. */
export class LastGuard {
  readonly #log: Log;
  readonly #now: () => number;
  #uncaught = 0;
  #untold = 0;
  #told = -Infinity;

  constructor(log: Log, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** Faults that nobody caught so far. */
  get uncaught(): number {
    return this.#uncaught;
  }

  /**
   * Hears what callbacks throw (those of sockets and timers of `node:` as well, Deno 2.9.6), errors
   * of emitters that nobody listens to, and rejections of promises. The returned function ends that.
   */
  install(): () => void {
    const onError = (event: ErrorEvent) => {
      event.preventDefault();
      this.#hear(event.error ?? event.message);
    };
    const onRejection = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      this.#hear(event.reason);
    };
    globalThis.addEventListener("error", onError);
    globalThis.addEventListener("unhandledrejection", onRejection);
    return () => {
      globalThis.removeEventListener("error", onError);
      globalThis.removeEventListener("unhandledrejection", onRejection);
    };
  }

  #hear(thrown: unknown): void {
    this.#uncaught++;
    this.#untold++;
    const now = this.#now();
    if (now - this.#told < LOG_EVERY_MS) return;
    this.#told = now;
    this.#log.error("A fault that nobody caught: the server goes on, and this is to be reported", {
      faults: this.#untold,
      reason: faultText(thrown),
    });
    this.#untold = 0;
  }
}
