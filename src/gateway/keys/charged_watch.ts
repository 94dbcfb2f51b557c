/** Watches of requests that charge a key for what was read. */
import { ClipError } from "../../errors.ts";
import type { Outcome, RequestWatch } from "../../telemetry/request_observer.ts";
import type { RequestTrace } from "../../telemetry/request_trace.ts";

/** What is charged. */
export interface Charged {
  /** @throws {ClipError} "rate_limited". */
  take(documents: number): void;
  charge(documents: number): void;
  leave(documents: number): void;
}

/** Of a whole request, which is refused where it is too much. */
export class CallWatch implements RequestWatch {
  readonly #watch: RequestWatch;
  readonly #charged: Charged;
  #documents: number | undefined;
  #refusal: ClipError | undefined;

  constructor(watch: RequestWatch, charged: Charged) {
    this.#watch = watch;
    this.#charged = charged;
  }

  get trace(): RequestTrace | undefined {
    return this.#watch.trace;
  }

  /** Why it was refused. */
  get refusal(): ClipError | undefined {
    return this.#refusal;
  }

  /** @throws {ClipError} "rate_limited". */
  read(endpoint: string, documents: number, bytes: number): void {
    this.#watch.read(endpoint, documents, bytes);
    if (this.#documents !== undefined) return;
    try {
      this.#charged.take(documents);
    } catch (thrown) {
      this.#refusal = ClipError.wrap(thrown);
      throw thrown;
    }
    this.#documents = documents;
  }

  answered(outcome: Outcome, bytes: number, status?: number): void {
    this.#watch.answered(outcome, bytes, status);
    this.#charged.leave(this.#documents ?? 0);
    this.#documents = 0;
  }
}

/** Of a message of a stream, which has waited before. */
export class StreamWatch implements RequestWatch {
  readonly #watch: RequestWatch;
  readonly #charged: Charged;
  readonly #decided: () => void;
  #documents: number | undefined;

  /** @param decided called when it is known how much is charged. */
  constructor(watch: RequestWatch, charged: Charged, decided: () => void) {
    this.#watch = watch;
    this.#charged = charged;
    this.#decided = decided;
  }

  get trace(): RequestTrace | undefined {
    return this.#watch.trace;
  }

  read(endpoint: string, documents: number, bytes: number): void {
    this.#watch.read(endpoint, documents, bytes);
    if (this.#documents !== undefined) return;
    this.#documents = documents;
    this.#charged.charge(documents);
    this.#decided();
  }

  answered(outcome: Outcome, bytes: number, status?: number): void {
    this.#watch.answered(outcome, bytes, status);
    this.#decided();
    this.#charged.leave(this.#documents ?? 0);
    this.#documents = 0;
  }
}
