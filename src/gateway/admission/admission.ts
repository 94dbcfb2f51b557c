/** How requests are let in, whatever transport they come by. */
import { ClipError, type ErrorKind } from "../../errors.ts";
import type { Lifecycle } from "../../service/lifecycle.ts";
import type { RequestObserver } from "../../telemetry/request_observer.ts";
import type { RequestTrace } from "../../telemetry/request_trace.ts";
import type { ConnectionLimit } from "./connection_limit.ts";
import type { ApiKeys } from "../keys/api_keys.ts";
import type { Gate } from "./gate.ts";
import type { Receiving } from "./receiving.ts";

/** How much more the engine takes. */
export interface Capacity {
  /** Why any request would be refused now, "overloaded"; undefined if it may be taken. */
  refusal(): ClipError | undefined;
  /** Milliseconds that a request would wait in the engine, as far as is known without reading it. */
  readonly waitMs: number;
  /** Resolves when there is room for more of a stream; rejects with the signal. */
  room(signal: AbortSignal): Promise<void>;
  /** Whether a stream, known by its flow, has brought so much that more of it would wait too long. */
  behind(flow: object): boolean;
}

/** What stands before all transports of a server. */
export interface Admission {
  gate: Gate;
  /** Where messages are until they are complete: only then they come to the gate. */
  receiving: Receiving;
  connections: ConnectionLimit;
  capacity: Capacity;
  lifecycle: Lifecycle;
  observer: RequestObserver;
  /** Who may come; undefined lets everybody in. */
  keys?: ApiKeys | undefined;
}

/** @throws {ClipError} "unavailable" unless the server takes work. */
export function requireServing({ stage, takesWork }: Lifecycle): void {
  if (!takesWork) throw new ClipError("unavailable", `The server is ${stage}`);
}

/**
 * Refuses what would be refused anyway: a body is not read for that.
 * @throws {ClipError} "unavailable" or "overloaded", with `retryAfterMs` if it is known.
 */
export function requireRoom(
  { capacity, lifecycle }: Pick<Admission, "capacity" | "lifecycle">,
): void {
  requireServing(lifecycle);
  const error = capacity.refusal();
  if (error) throw error;
}

/**
 * Lets a whole request in, as soon as there is a place for it; the returned function lets it out,
 * once. What could not be served in time is refused at once.
 * @param trace hears how long it took.
 * @throws {ClipError} "unavailable", "overloaded" (with `retryAfterMs` if it is known), or the
 * signal's reason if it fires while the request waits.
 */
export async function admit(
  admission: Pick<Admission, "gate" | "capacity" | "lifecycle">,
  signal: AbortSignal,
  trace?: RequestTrace,
): Promise<() => void> {
  const began = trace && performance.now();
  let error: ErrorKind | undefined;
  try {
    requireRoom(admission);
    return await admission.gate.pass(signal, () => admission.capacity.waitMs);
  } catch (thrown) {
    error = ClipError.wrap(thrown).kind;
    throw thrown;
  } finally {
    if (began !== undefined) trace?.stage("admission", began, { error });
  }
}
