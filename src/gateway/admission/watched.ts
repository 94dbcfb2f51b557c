/** A message that is counted: from its coming to its answer or failure. */
import { ClipError } from "../../errors.ts";
import type { Answered } from "../../exchange/message.ts";
import type {
  Caller,
  Protocol,
  RequestObserver,
  RequestWatch,
} from "../../telemetry/request_observer.ts";

/** Does the work under a watch that hears how it ended. @throws what the work throws. */
export async function watched<Answer extends { length: number }>(
  observer: RequestObserver,
  protocol: Protocol,
  caller: Caller,
  work: (watch: RequestWatch) => Promise<Answered<Answer>>,
): Promise<Answered<Answer>> {
  const watch = observer.arrived(protocol, caller);
  try {
    const answered = await work(watch);
    watch.answered(answered.outcome, answered.answer.length);
    return answered;
  } catch (thrown) {
    watch.answered(ClipError.wrap(thrown).kind, 0);
    throw thrown;
  }
}
