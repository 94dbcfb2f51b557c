/** What waits for the index's thread, in the order in which it is done. */
import { type StepClock, type Steps, withoutPause } from "./steps.ts";

/** How long reads may go on while a write waits, milliseconds. */
const READS_MS = 40;

/** After how long the event loop turns, milliseconds: nothing is heard until then. */
const TURN_MS = 5;

/** How long the graph waits while others are served, milliseconds: then it has a step all the same. */
const BUILDING_PAUSE_MS = 20;

/** Who was served within this time may ask again at once, milliseconds: a step would be in the way. */
const QUIET_MS = 3;

/** After how long building is tried again that failed, milliseconds: writers may wait for it. */
const AFTER_FAULT_MS = 10_000;

/** Work that waits, and those who are told what came of it. */
interface Task {
  id: number;
  steps: Steps<void>;
  begun: boolean;
}

/** What is done beside what is asked for. */
export interface QueueWork {
  /** The next writes that go together, taken from what waits; undefined if there are none. */
  nextWrite(): Steps<void> | undefined;
  /** A step of building. @returns whether there is more to do. */
  build(): boolean;
  /** Told what a step threw that nobody waits for. */
  failed(thrown: unknown): void;
}

/**
 * Searches first, then writes, then the graph. A step takes some milliseconds. Reads that have begun
 * see no commit until they end; writes have their turn however many reads come, and so has the graph.
 */
export class WorkQueue {
  readonly clock: StepClock;
  readonly #work: QueueWork;
  readonly #afterFaultMs: number;
  #reads: Task[] = [];
  #write: Steps<void> | undefined;
  /** The write must have the index alone before it goes on. */
  #alone = false;
  #writtenAt = 0;
  #building = true;
  #builtAt = 0;
  #servedAt = 0;
  #turning = false;
  /** Until there is something to build again, or may be. */
  #resting: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(clock: StepClock, work: QueueWork, afterFaultMs: number = AFTER_FAULT_MS) {
    this.clock = clock;
    this.#work = work;
    this.#afterFaultMs = afterFaultMs;
  }

  /** Reads that wait or are under way. */
  get reads(): number {
    return this.#reads.length;
  }

  /** Adds a read. @param steps never throw. */
  read(id: number, steps: Steps<void>): void {
    this.#reads.push({ id, steps, begun: false });
    this.#run();
  }

  /** Takes out a read, also one that has begun: nobody waits for it. @returns whether there was one. */
  withdraw(id: number): boolean {
    const at = this.#reads.findIndex((task) => task.id === id);
    if (at >= 0) this.#reads.splice(at, 1);
    return at >= 0;
  }

  /** There are writes, or something to build. */
  wake(): void {
    this.#building = true;
    this.#run();
  }

  /** Nothing more is done, but for the write that has begun. @returns the reads that were not done. */
  end(): number[] {
    this.#ended = true;
    clearTimeout(this.#resting);
    if (this.#write) withoutPause(this.#write);
    return this.#reads.splice(0).map(({ id }) => id);
  }

  #run(): void {
    if (this.#turning || this.#ended) return;
    const until = performance.now() + TURN_MS;
    while (!this.#ended && this.#step()) {
      if (performance.now() < until) continue;
      this.#turning = true;
      setTimeout(() => {
        this.#turning = false;
        this.#run();
      }, 0);
      return;
    }
  }

  /** @returns whether there was something to do. */
  #step(): boolean {
    this.clock.begin();
    const now = performance.now();
    if (!this.#write) {
      this.#write = this.#work.nextWrite();
      this.#alone = false;
      this.#writtenAt = now;
    }
    const begun = this.#reads.findIndex((task) => task.begun);
    if (this.#building && begun < 0 && now - this.#builtAt > BUILDING_PAUSE_MS) {
      return this.#build();
    }
    if (this.#write && (this.#reads.length === 0 || now - this.#writtenAt > READS_MS)) {
      return this.#alone && begun >= 0 ? this.#readNext(begun) : this.#writeNext(this.#write);
    }
    if (this.#reads.length > 0) return this.#readNext(0);
    if (!this.#building || this.#ended) return false;
    if (now - this.#servedAt > QUIET_MS) return this.#build();
    this.#rest(QUIET_MS);
    return false;
  }

  /** Goes on after a time; one that is running out already stays. */
  #rest(ms: number): void {
    this.#resting ??= setTimeout(() => {
      this.#resting = undefined;
      this.wake();
    }, ms);
  }

  /** In turns, so that a long one does not keep the others. */
  #readNext(at: number): boolean {
    const [task] = this.#reads.splice(at, 1) as [Task];
    task.begun = true;
    // In its place before it answers, which may bring more.
    this.#reads.push(task);
    if (task.steps.next().done) this.#reads.splice(this.#reads.indexOf(task), 1);
    this.#servedAt = performance.now();
    return true;
  }

  #writeNext(write: Steps<void>): boolean {
    this.#alone = false;
    try {
      const next = write.next();
      if (next.done) this.#write = undefined;
      else this.#alone = next.value === "alone";
    } catch (thrown) {
      this.#write = undefined;
      this.#work.failed(thrown);
    }
    this.#writtenAt = this.#servedAt = performance.now();
    this.#building = true;
    return true;
  }

  #build(): boolean {
    try {
      this.#building = this.#work.build();
    } catch (thrown) {
      this.#building = false;
      this.#work.failed(thrown);
      this.#rest(this.#afterFaultMs);
    }
    this.#builtAt = performance.now();
    return true;
  }
}
