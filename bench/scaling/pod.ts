/**
 * One server, simulated: the engine's own admission, waiting times, fair queue, gathering and
 * handing out, with workers that do nothing but take their time.
 */
import { FairQueue } from "../../src/dispatch/fair_queue.ts";
import { handOut, type Taker } from "../../src/dispatch/hand_out.ts";
import { Intake } from "../../src/dispatch/intake.ts";
import type { Job } from "../../src/dispatch/job.ts";
import { type Minibatch, Minibatches } from "../../src/dispatch/minibatches.ts";
import { slotCounts } from "../../src/dispatch/slot_store.ts";
import { workOf } from "../../src/dispatch/waiting_time.ts";
import { ClipError } from "../../src/errors.ts";
import type { EncodeItem, Modality } from "../../src/model/item.ts";
import { NO_OBSERVER } from "../../src/telemetry/engine_observer.ts";
import type { SimulatedTime } from "./simulated_time.ts";

const MODALITIES: readonly Modality[] = ["text", "image"];

/** Tokens of CLIP's texts at most. */
export const CONTEXT_LENGTH = 77;

const SHAPE = { imageSize: 224, pixelType: "uint8" } as const;

/** How a pod works: keys of a flow, and what the work takes. */
export interface PodOptions {
  replicas: number;
  minibatchSize: number;
  maxWaitMs: number;
  maxQueue: number;
  /** Preprocessing workers of all replicas. */
  preprocessWorkers: number;
  /** Milliseconds of one of them for an image; texts are tokenized in no time. */
  prepareImageMs: number;
  /** Milliseconds of a minibatch. */
  minibatchMs(modality: Modality, items: number, longest: number): number;
}

/** A document that is sent. */
export interface SimulatedItem {
  readonly item: EncodeItem;
  /** Tokens of a text. */
  readonly length: number;
}

/** Who waits for a job, in place of the engine's waiters. */
type Settle = () => void;

interface Waiting extends Job {
  settle: Settle;
}

const NO_WAITERS: Job["waiters"] = new Set();

/** A replica that takes its time. */
class SimulatedReplica implements Taker<Minibatch> {
  readonly batches: Minibatch[] = [];

  get load(): number {
    return this.batches.length;
  }

  takeBack(): Minibatch | undefined {
    return this.batches.length > 1 ? this.batches.pop() : undefined;
  }
}

/** The server. */
export class Pod {
  readonly #time: SimulatedTime;
  readonly #options: PodOptions;
  readonly #queues: Record<Modality, FairQueue<Job>>;
  readonly #minibatches: Minibatches;
  readonly #intake: Intake;
  readonly #replicas: SimulatedReplica[];
  readonly #slots: Record<Modality, number>;
  readonly #inside: Record<Modality, number> = { text: 0, image: 0 };
  readonly #running: Record<Modality, number> = { text: 0, image: 0 };
  #idleWorkers: number;
  #sequence = 0;
  #dead = false;
  /** Milliseconds that replicas have computed. */
  busyMs = 0;

  constructor(time: SimulatedTime, options: PodOptions) {
    const { replicas, minibatchSize, maxWaitMs, maxQueue } = options;
    this.#time = time;
    this.#options = options;
    this.#idleWorkers = options.preprocessWorkers;
    this.#queues = { text: new FairQueue(time.now), image: new FairQueue(time.now) };
    const tokenBudget = minibatchSize * CONTEXT_LENGTH;
    this.#minibatches = new Minibatches({ minibatchSize, tokenBudget }, time.now);
    this.#slots = slotCounts(SHAPE, minibatchSize, replicas);
    this.#minibatches.bound("image", this.#slots.image);
    this.#replicas = Array.from({ length: replicas }, () => new SimulatedReplica());
    const queued = () => ({ items: this.#waiting("text") + this.#waiting("image"), bytes: 0 });
    this.#intake = new Intake(
      {
        replicas,
        minibatchSize,
        maxWaitMs,
        maxQueue,
        maxQueueBytes: Infinity,
        observer: NO_OBSERVER,
      },
      {
        get queued() {
          return queued();
        },
        tokens: CONTEXT_LENGTH,
        place: (modality, flow) => this.#queues[modality].place(flow),
      },
      time.now,
    );
  }

  /** The longest expected wait of any modality, milliseconds: the metric `clipline_queue_seconds`. */
  get queueMs(): number {
    return Math.max(...MODALITIES.map((modality) => this.#intake.expected(modality)));
  }

  /** Items inside. */
  get load(): number {
    return this.#inside.text + this.#inside.image;
  }

  /**
   * Takes a request in, or refuses it for its wait.
   * @param done called when its last item is computed; never, if the pod dies before.
   * @returns whether it was taken.
   */
  take(items: readonly SimulatedItem[], done: () => void): boolean {
    const flow = {};
    try {
      this.#intake.take(items.map(({ item }) => item), true, flow);
    } catch (thrown) {
      if (thrown instanceof ClipError && thrown.kind === "overloaded") return false;
      throw thrown;
    }
    let missing = items.length;
    const settle = () => {
      if (--missing === 0) done();
    };
    for (const one of items) this.#submit(one, flow, settle);
    this.#wake();
    return true;
  }

  /** Nothing is computed and answered any more. */
  kill(): void {
    this.#dead = true;
  }

  #submit({ item, length }: SimulatedItem, flow: object, settle: Settle): void {
    const { modality } = item;
    const job: Waiting = {
      item,
      key: "",
      bytes: 0,
      arrivedAt: this.#time.now(),
      work: workOf(item, CONTEXT_LENGTH),
      step: 0,
      prepareMs: 0,
      computeMs: 0,
      traced: false,
      preparedAt: 0,
      computedAt: 0,
      replica: -1,
      minibatch: 0,
      fill: 0,
      waiters: NO_WAITERS,
      stage: "queued",
      slot: -1,
      length,
      deaths: 0,
      failedOn: -1,
      tag: 0,
      sequence: this.#sequence++,
      settle,
    };
    this.#inside[modality]++;
    this.#minibatches.arrived(modality);
    this.#queues[modality].push(job, flow, this.#intake.time.spacing(modality, job.work));
    this.#intake.time.entered(job);
  }

  #wake(): void {
    this.#prepare();
    handOut<Minibatch, SimulatedReplica>(this.#replicas, {
      offer: (replica, ahead) => {
        const index = this.#replicas.indexOf(replica);
        const alone = this.#replicas.length === 1;
        const minibatch = this.#minibatches.take({ replica: index, alone, ahead });
        if (!minibatch) return;
        this.#running[minibatch.modality] += minibatch.jobs.length;
        this.#run(replica, minibatch);
      },
      relieve: (idle, minibatch) => this.#run(idle, minibatch),
    });
    for (const modality of MODALITIES) {
      this.#intake.time.busy(modality, this.#waiting(modality) > 0);
    }
  }

  #waiting(modality: Modality): number {
    return this.#inside[modality] - this.#running[modality];
  }

  #prepare(): void {
    while (this.#queues.text.size > 0 && this.#slots.text > 0) {
      this.#slots.text--;
      this.#minibatches.add(this.#queues.text.pop()!);
    }
    const { prepareImageMs } = this.#options;
    while (this.#queues.image.size > 0 && this.#slots.image > 0 && this.#idleWorkers > 0) {
      this.#slots.image--;
      const job = this.#queues.image.pop()!;
      if (prepareImageMs === 0) {
        this.#minibatches.add(job);
        continue;
      }
      this.#idleWorkers--;
      this.#time.after(prepareImageMs, () => {
        this.#idleWorkers++;
        this.#minibatches.add(job);
        this.#wake();
      });
    }
  }

  #run(replica: SimulatedReplica, minibatch: Minibatch): void {
    replica.batches.push(minibatch);
    if (replica.batches.length === 1) this.#begin(replica);
  }

  /** The slots of a minibatch are read when it begins. */
  #begin(replica: SimulatedReplica): void {
    const { modality, jobs } = replica.batches[0]!;
    this.#slots[modality] += jobs.length;
    const longest = jobs.reduce((most, { length }) => Math.max(most, length), 0);
    const ms = this.#options.minibatchMs(modality, jobs.length, longest);
    this.#time.after(ms, () => this.#finished(replica, ms));
  }

  #finished(replica: SimulatedReplica, ms: number): void {
    if (this.#dead) return;
    const { modality, jobs } = replica.batches.shift()!;
    this.busyMs += ms;
    if (replica.batches.length > 0) this.#begin(replica);
    this.#minibatches.served(modality, jobs.length, ms);
    const units = jobs.reduce((sum, { work }) => sum + work, 0);
    this.#intake.time.computed(modality, units, ms);
    this.#wake();
    this.#running[modality] -= jobs.length;
    for (const job of jobs as readonly Waiting[]) {
      this.#inside[modality]--;
      this.#intake.time.left(job);
      job.settle();
    }
  }
}
