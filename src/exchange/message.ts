/** What a message of a call or of a stream meets, whatever transport carries it. */
import type { Outcome, RequestWatch } from "../telemetry/request_observer.ts";

/** Hears how many bytes of heap something takes beyond the message that it came with; may throw. */
export type Grow = (bytes: number) => void;

/** Who asks, and who watches; the service wants the former of it only. */
export interface MessageContext {
  /** Fires when the client is gone or its deadline has passed. */
  readonly signal: AbortSignal;
  /** The stream that the message came by: one flow, in terms of fairness. Absent for a call. */
  readonly flow?: object;
  /** Of the decoded message. */
  readonly grow?: Grow;
  /** Wants to hear what was read; the transport tells it the end. */
  readonly watch: RequestWatch;
}

/** An answer and how its request ended. */
export interface Answered<Answer> {
  answer: Answer;
  outcome: Outcome;
}
