/** What the gateways tell those who measure them. Telemetry implements it; gateways know no metric. */
import type { ErrorKind } from "../errors.ts";

/** The protocols that requests come by. */
export type Protocol = "http" | "grpc" | "websocket";

/**
 * How a request ended: `ok`; `failed`, answered with the failure in `header.status`; or the kind of
 * error for which it was refused or broken off.
 */
export type Outcome = "ok" | "failed" | ErrorKind;

/** Follows one request through a gateway. */
export interface RequestWatch {
  /**
   * The request has been read and understood.
   * @param endpoint its `exec_endpoint`, as the client wrote it.
   * @param documents how many documents it holds, nested ones not counted.
   * @param bytes its size as decoded: unpacked, without framing.
   */
  read(endpoint: string, documents: number, bytes: number): void;
  /**
   * The request has ended. Only the first call counts, so that a `finally` may call it again.
   * @param bytes size of the answer before any compression; 0 if there is none.
   */
  answered(outcome: Outcome, bytes: number): void;
}

/** Receives the events of all gateways. */
export interface RequestObserver {
  /**
   * A request has come: a unary call, or one message of a stream. It is in flight until its watch
   * hears `answered`.
   */
  arrived(protocol: Protocol): RequestWatch;
  /**
   * An executor has done its part of a request.
   * @param executor its name in the flow.
   * @param ms wall time in the executor, waiting included.
   */
  served(executor: string, endpoint: string, outcome: Outcome, documents: number, ms: number): void;
}

/** An observer that looks away. */
export const NO_REQUEST_OBSERVER: RequestObserver = {
  arrived: () => NO_WATCH,
  served() {},
};

const NO_WATCH: RequestWatch = { read() {}, answered() {} };
