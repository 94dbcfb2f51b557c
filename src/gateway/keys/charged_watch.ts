/** Watches of requests that charge a key for what was read. */
import { ClipError } from "../../errors.ts";
import type { Outcome, RequestWatch, TraceParent } from "../../telemetry/request_observer.ts";
import type { RequestTrace } from "../../telemetry/request_trace.ts";

/** What a request is charged to. */
export interface Charges {
  /** So much was read, once of each request. @throws {ClipError} "rate_limited": it is too much. */
  charge(documents: number): void;
  /** A request has ended that was charged so much. */
  leave(documents: number): void;
  /** A request is charged, or never will be; may be called more than once. */
  decided(): void;
}

/** Follows one request. */
export class ChargedWatch implements RequestWatch {
  readonly #watch: RequestWatch;
  readonly #charges: Charges;
  #documents: number | undefined;
  #refusal: ClipError | undefined;

  constructor(watch: RequestWatch, charges: Charges) {
    this.#watch = watch;
    this.#charges = charges;
  }

  get trace(): RequestTrace | undefined {
    return this.#watch.trace;
  }

  belongs(parent: TraceParent): void {
    this.#watch.belongs?.(parent);
  }

  /** Why it was refused. */
  get refusal(): ClipError | undefined {
    return this.#refusal;
  }

  /** @throws {ClipError} as `charge`. */
  read(endpoint: string, documents: number, bytes: number): void {
    this.#watch.read(endpoint, documents, bytes);
    if (this.#documents !== undefined) return;
    try {
      this.#charges.charge(documents);
    } catch (thrown) {
      this.#refusal = ClipError.wrap(thrown);
      throw thrown;
    }
    this.#documents = documents;
    this.#charges.decided();
  }

  answered(outcome: Outcome, bytes: number, status?: number): void {
    this.#watch.answered(outcome, bytes, status);
    this.#charges.decided();
    this.#charges.leave(this.#documents ?? 0);
    this.#documents = 0;
  }
}
