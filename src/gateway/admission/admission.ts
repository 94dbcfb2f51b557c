/** How requests are let in, whatever transport they come by. */
import { ClipError } from "../../errors.ts";
import { type Lifecycle, notReady } from "../../service/lifecycle.ts";
import type { RequestObserver } from "../../telemetry/request_observer.ts";
import type { ConnectionLimit } from "./connection_limit.ts";
import type { Gate } from "./gate.ts";
import type { Receiving } from "./receiving.ts";

/** How much more the engine takes. */
export interface Capacity {
  /** Whether more would be refused now. */
  readonly full: boolean;
  /** Resolves when there is room for more of a stream; rejects with the signal. */
  room(signal: AbortSignal): Promise<void>;
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
}

/** @throws {ClipError} "unavailable" unless the server is serving. */
export function requireServing(lifecycle: Lifecycle): void {
  const error = notReady(lifecycle.stage, true);
  if (error) throw error;
}

/**
 * Refuses what would be refused anyway: a body is not read for that.
 * @throws {ClipError} "unavailable" or "overloaded".
 */
export function requireRoom(
  { capacity, lifecycle }: Pick<Admission, "capacity" | "lifecycle">,
): void {
  requireServing(lifecycle);
  if (capacity.full) throw new ClipError("overloaded", "The queue is full: send again later");
}

/**
 * Lets a request in that cannot wait; the returned function lets it out, once.
 * @throws {ClipError} "unavailable" or "overloaded".
 */
export function admit(admission: Pick<Admission, "gate" | "capacity" | "lifecycle">): () => void {
  requireRoom(admission);
  return admission.gate.tryEnter();
}
