/** The preprocessing workers of a model: who has room, and what happens when one dies. */
import type { ClipError, ErrorData } from "../errors.ts";
import type { Log } from "../telemetry/log.ts";
import type { PreprocessSpec } from "../../workers/messages.ts";
import type { Job } from "./job.ts";
import { Preprocessor, type TaskTimes } from "./preprocessor.ts";

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 30_000;

/** How the pool works. */
export interface PreprocessPoolOptions {
  workers: number;
  /** URL of the preprocessing worker's module. */
  workerUrl: string;
  times: TaskTimes;
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

/** All preprocessing workers of a model. They begin to load their modules when it is made. */
export class PreprocessPool {
  readonly #options: PreprocessPoolOptions;
  readonly #events: PreprocessPoolEvents;
  readonly #restarts = new Set<ReturnType<typeof setTimeout>>();
  readonly #workers: Preprocessor[] = [];
  /** Deaths in a row, by place. */
  readonly #failures: number[] = [];
  /** Known once started. */
  #spec: PreprocessSpec | undefined;

  constructor(options: PreprocessPoolOptions, events: PreprocessPoolEvents) {
    this.#options = options;
    this.#events = events;
    for (let index = 0; index < options.workers; index++) {
      this.#failures[index] = 0;
      this.#make(index);
    }
  }

  /**
   * Tells all workers what they work on. Resolves when they take tasks.
   * @throws {ClipError} "backend" if one of them dies before.
   */
  async start(spec: PreprocessSpec): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.open(spec)));
    this.#spec = spec;
    this.#events.ready();
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

  /** Ends all workers. */
  close(): void {
    for (const timer of this.#restarts) clearTimeout(timer);
    for (const worker of this.#workers) worker.close();
  }

  #make(index: number): Preprocessor {
    const { workerUrl, times } = this.#options;
    return this.#workers[index] = new Preprocessor(index, workerUrl, times, {
      prepared: (jobs, lengths, errors, ms) => {
        this.#failures[index] = 0;
        this.#events.prepared(jobs, lengths, errors, ms);
      },
      died: (error, inWork, waiting) => this.#died(index, error, inWork, waiting),
    });
  }

  #died(
    index: number,
    error: ClipError,
    inWork: readonly Job[],
    waiting: readonly Job[],
  ): void {
    const spec = this.#spec;
    // During the start a failure is the caller's to handle.
    if (!spec) return;
    // What an image did is no failure of the worker's: strangers' images would make it wait for long.
    const delay = error.kind === "document"
      ? 0
      : Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures[index]!++);
    this.#options.log.error(error.message, { preprocessor: index, restartInMs: delay });
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      // One that dies again has told so by itself.
      this.#make(index).open(spec).then(() => this.#events.ready(), () => undefined);
    }, delay);
    this.#restarts.add(timer);
    this.#events.replaced();
    this.#events.lost(inWork, waiting, error);
  }
}
