/** The preprocessing workers of all replicas: who has room, and what happens when one dies. */
import { ClipError, type ErrorData } from "../errors.ts";
import type { Log } from "../telemetry/log.ts";
import type { Job } from "./job.ts";
import { Preprocessor } from "./preprocessor.ts";
import type { Replica } from "./replica.ts";

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 30_000;

/** How the pool works. */
export interface PreprocessPoolOptions {
  /** Longest time of one task, milliseconds. */
  timeoutMs: number;
  log: Log;
}

/** What its owner hears. */
export interface PreprocessPoolEvents {
  /** A worker takes tasks. */
  ready(): void;
  /** A task is done; `lengths` and `errors` are per job, `ms` is the task's wall time. */
  prepared(
    jobs: readonly Job[],
    lengths: readonly number[],
    errors: readonly (ErrorData | null)[],
    ms: number,
  ): void;
  /** A worker is gone, with jobs of which some may have killed it, and others. */
  lost(suspects: readonly Job[], others: readonly Job[], error: ClipError): void;
  /** A worker died and another will be started in its place. */
  replaced(): void;
}

/** All preprocessing workers of a model. */
export class PreprocessPool {
  readonly #options: PreprocessPoolOptions;
  readonly #events: PreprocessPoolEvents;
  readonly #restarts = new Set<ReturnType<typeof setTimeout>>();
  /** Deaths in a row, by place. */
  readonly #failures = new Map<string, number>();
  #workers: Preprocessor[] = [];

  constructor(options: PreprocessPoolOptions, events: PreprocessPoolEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** A replica has started a worker, which is reached over `port`. */
  add(replica: Replica, index: number, port: MessagePort): void {
    const worker = new Preprocessor(replica.index, index, port, this.#options.timeoutMs, {
      ready: () => this.#events.ready(),
      prepared: (jobs, lengths, errors, ms) => {
        this.#failures.delete(placeOf(worker));
        this.#events.prepared(jobs, lengths, errors, ms);
      },
      hung: () => {
        const error = new ClipError("backend", "A preprocessing worker did not answer in time");
        this.#replace(replica, worker, error);
      },
    });
    this.#workers.push(worker);
  }

  /** The worker with the most room, if one has any. */
  roomiest(): Preprocessor | undefined {
    let best: Preprocessor | undefined;
    for (const worker of this.#workers) {
      if (!worker.hasRoom) continue;
      if (worker.load === 0) return worker;
      best ??= worker;
    }
    return best;
  }

  /** A replica tells that one of its workers died. */
  died(replica: Replica, index: number, error: ClipError): void {
    const dead = this.#workers.find((worker) =>
      worker.replica === replica.index && worker.index === index
    );
    if (dead) this.#replace(replica, dead, error);
  }

  /** A replica is gone, and its workers with it: what they had in work is not to blame. */
  dropReplica(replica: Replica, error: ClipError): void {
    for (const worker of this.#workers.filter((each) => each.replica === replica.index)) {
      const { inWork, waiting } = this.#drop(worker);
      this.#events.lost([], [...inWork, ...waiting], error);
    }
  }

  /** Ends all workers. */
  close(): void {
    for (const timer of this.#restarts) clearTimeout(timer);
    for (const worker of this.#workers.splice(0)) worker.close();
  }

  #replace(replica: Replica, dead: Preprocessor, error: ClipError): void {
    const failures = this.#failures.get(placeOf(dead)) ?? 0;
    this.#failures.set(placeOf(dead), failures + 1);
    const delay = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures);
    this.#options.log.error(error.message, {
      replica: replica.index,
      preprocessor: dead.index,
      restartInMs: delay,
    });
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      // A replica that has died since starts its own.
      replica.respawn(dead.index);
    }, delay);
    this.#restarts.add(timer);
    this.#events.replaced();
    const { inWork, waiting } = this.#drop(dead);
    this.#events.lost(inWork, waiting, error);
  }

  #drop(dead: Preprocessor): ReturnType<Preprocessor["close"]> {
    this.#workers = this.#workers.filter((other) => other !== dead);
    return dead.close();
  }
}

function placeOf({ replica, index }: Preprocessor): string {
  return `${replica}/${index}`;
}
