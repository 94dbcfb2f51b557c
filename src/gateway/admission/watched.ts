/** A message that is counted: from its coming to its answer or failure. */
import { ClipError } from "../../errors.ts";
import type { Answered } from "../../exchange/message.ts";
import type {
  Caller,
  Protocol,
  RequestObserver,
  RequestWatch,
} from "../../telemetry/request_observer.ts";

/** What a request is charged to. */
export interface Charge {
  /** Follows a request, and hears what was read of it. */
  call(watch: RequestWatch): RequestWatch;
}

/**
 * Does the work under a watch that hears how it ended. @throws what the work throws.
 * @param charge undefined: nobody counts what it takes.
 * @param began when it was there, if it waited to be let in; milliseconds of `performance.now()`.
 */
export async function watched<Answer extends { length: number }>(
  observer: RequestObserver,
  protocol: Protocol,
  caller: Caller,
  charge: Charge | undefined,
  began: number | undefined,
  work: (watch: RequestWatch) => Promise<Answered<Answer>>,
): Promise<Answered<Answer>> {
  const arrived = observer.arrived(protocol, caller, began);
  const watch = charge === undefined ? arrived : charge.call(arrived);
  const { trace } = arrived;
  if (trace) trace.stage("admission", began ?? performance.now());
  try {
    const answered = await work(watch);
    watch.answered(answered.outcome, answered.answer.length);
    return answered;
  } catch (thrown) {
    watch.answered(ClipError.wrap(thrown).kind, 0);
    throw thrown;
  }
}
