/** The main thread's end of one preprocessing worker: tasks out, outcomes back. */
import type { ErrorData } from "../errors.ts";
import type { FromPreprocess, ToPreprocess } from "../../workers/messages.ts";
import type { Job } from "./job.ts";

/** Tasks a worker may hold: one in work, and the next so that it need not wait for us. */
const MAX_TASKS = 2;

/** What happens to a task. */
export interface PreprocessorEvents {
  /** The worker has started and takes tasks. */
  ready(preprocessor: Preprocessor): void;
  /** A task is done; `lengths` and `errors` are per job. */
  prepared(
    jobs: readonly Job[],
    lengths: readonly number[],
    errors: readonly (ErrorData | null)[],
    ms: number,
  ): void;
  /** The first task has been in work for longer than the limit. */
  hung(preprocessor: Preprocessor): void;
}

/** One preprocessing worker, reached over a port that its replica made. */
export class Preprocessor {
  readonly replica: number;
  readonly index: number;
  readonly #port: MessagePort;
  readonly #events: PreprocessorEvents;
  readonly #timeoutMs: number;
  readonly #tasks = new Map<number, readonly Job[]>();
  #nextTask = 0;
  #ready = false;
  #watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(
    replica: number,
    index: number,
    port: MessagePort,
    timeoutMs: number,
    events: PreprocessorEvents,
  ) {
    this.replica = replica;
    this.index = index;
    this.#port = port;
    this.#timeoutMs = timeoutMs;
    this.#events = events;
    port.onmessage = (event: MessageEvent<FromPreprocess>) => this.#receive(event.data);
  }

  /** Tasks in its hands. */
  get load(): number {
    return this.#tasks.size;
  }

  /** Whether it takes another task. */
  get hasRoom(): boolean {
    return this.#ready && this.#tasks.size < MAX_TASKS;
  }

  /** Sends texts, all in one task. */
  prepareTexts(jobs: readonly Job[]): void {
    const texts = jobs.map((job) => job.item.modality === "text" ? job.item.text : "");
    this.#send(jobs, (task) => ({ type: "texts", task, texts, slots: jobs.map((j) => j.slot) }));
  }

  /** Sends one image. */
  prepareImage(job: Job): void {
    const { item } = job;
    if (item.modality !== "image") return;
    const image = "bytes" in item ? item.bytes : item.pixels;
    this.#send([job], (task) => ({ type: "image", task, image, slot: job.slot }));
  }

  /** Lets go of the worker, which ends itself, and returns the jobs that were in its hands. */
  close(): { inWork: readonly Job[]; waiting: readonly Job[] } {
    clearTimeout(this.#watchdog);
    const [inWork = [], ...waiting] = this.#tasks.values();
    this.#tasks.clear();
    this.#ready = false;
    this.#post({ type: "close" });
    this.#port.onmessage = null;
    this.#port.close();
    return { inWork, waiting: waiting.flat() };
  }

  #send(jobs: readonly Job[], message: (task: number) => ToPreprocess): void {
    const task = this.#nextTask++;
    this.#tasks.set(task, jobs);
    if (this.#tasks.size === 1) this.#watch();
    this.#post(message(task));
  }

  #post(message: ToPreprocess): void {
    this.#port.postMessage(message);
  }

  #receive(message: FromPreprocess): void {
    if (message.type === "ready") {
      this.#ready = true;
      this.#events.ready(this);
      return;
    }
    const jobs = this.#tasks.get(message.task);
    if (!jobs) return;
    this.#tasks.delete(message.task);
    this.#watch();
    this.#events.prepared(jobs, message.lengths, message.errors, message.ms);
  }

  /** Starts the time of the task now in work, if there is one. */
  #watch(): void {
    clearTimeout(this.#watchdog);
    if (this.#tasks.size === 0) return;
    this.#watchdog = setTimeout(() => this.#events.hung(this), this.#timeoutMs);
  }
}
