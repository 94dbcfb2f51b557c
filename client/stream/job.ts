/** A whole call: from the source's items to their outcomes. */
import type { Content, Contents } from "../document.ts";
import { ClipClientError } from "../errors.ts";
import type { Reading } from "../content/to_document.ts";
import { Batches } from "./batches.ts";
import { deliver, type Delivery } from "./deliver.ts";
import { type Outcome, type Prepared, weightOf } from "./outcome.ts";
import { type Check, prepare } from "./prepare.ts";
import type { Progress } from "./progress.ts";
import { follow } from "./time_limit.ts";
import { inWindow } from "./window.ts";

/** What a call wants. */
export interface Job extends Omit<Delivery, "signal"> {
  signal: AbortSignal | undefined;
  /** Milliseconds for the whole call; 0 for any. */
  deadlineMs: number;
  batchSize: number;
  lingerMs: number;
  prefetch: number;
  maxBytes: number;
  ordered: boolean;
  urls: Reading["urls"];
  check: Check | undefined;
  progress: Progress | undefined;
}

/**
 * Runs it. Each result is what one batch came to; when the consumer stops asking, what is under way
 * is given up and the source is told.
 * @throws as `deliver`, or what the source throws.
 */
export async function* runJob<T extends Content>(
  source: Contents<T>,
  job: Job,
): AsyncGenerator<Outcome<T>[], void, void> {
  const limit = follow(job.signal, job.deadlineMs, () => overDeadline(job.deadlineMs));
  const { signal } = limit;
  const batches = new Batches(source, job);
  const delivery: Delivery = { ...job, signal };
  let next = 0;
  const work = {
    next: async (): Promise<Prepared<T>[] | undefined> => {
      const contents = await batches.next();
      if (contents === undefined) return undefined;
      const first = next;
      next += contents.length;
      return await prepare(contents, first, { signal, urls: job.urls }, job.check);
    },
    weigh: weightOf,
    run: (items: Prepared<T>[]) => deliver(items, delivery),
  };
  try {
    for await (const outcomes of inWindow(work, job, signal)) {
      job.progress?.add(outcomes);
      yield outcomes;
    }
  } finally {
    limit.abort(new DOMException("The call is over", "AbortError"));
    limit.end();
    batches.close();
    job.session.close();
  }
}

/** What a call ends with that was not done in time. */
export function overDeadline(ms: number): ClipClientError {
  return new ClipClientError("timeout", `The call was not done within its deadlineMs of ${ms}`);
}
