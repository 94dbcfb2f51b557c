/**
 * The prepared items, and which of them go together next. Late binding: nothing is decided before a
 * replica asks.
 */
import type { Modality } from "../model/item.ts";
import type { Job } from "./job.ts";
import { ModalityShare } from "./modality_share.ts";
import { OrderedList } from "./ordered_list.ts";
import { chooseTextBatch, type TextBatchLimits } from "./text_batch.ts";

/** Who asks for a minibatch. */
export interface MinibatchRequest {
  replica: number;
  /** No other replica takes work: items that failed on this one have nowhere else to go. */
  alone: boolean;
  /** The replica is busy: only a minibatch that is full already is worth queueing behind it. */
  ahead: boolean;
}

/** Items that go to a replica together. */
export interface Minibatch {
  modality: Modality;
  jobs: readonly Job[];
}

/** Gathers prepared items and gives them out as minibatches. */
export class Minibatches {
  readonly #prepared: Record<Modality, OrderedList<Job>> = {
    text: new OrderedList(),
    image: new OrderedList(),
  };
  readonly #share: ModalityShare;
  readonly #tokenBudget: number;
  #runLength: NonNullable<TextBatchLimits["runLength"]> = (length) => length;
  /** Largest minibatch of each modality; lowered when a device runs out of memory. */
  readonly #limit: Record<Modality, number>;

  /** @param now a clock in milliseconds. */
  constructor({ minibatchSize, tokenBudget }: TextBatchLimits, now?: () => number) {
    this.#share = new ModalityShare(now);
    this.#tokenBudget = tokenBudget;
    this.#limit = { text: minibatchSize, image: minibatchSize };
  }

  /** Says how lengths are rounded up: texts that are run alike are alike. */
  roundLengths(runLength: NonNullable<TextBatchLimits["runLength"]>): void {
    this.#runLength = runLength;
  }

  /** An item arrived, not prepared yet. */
  arrived(modality: Modality): void {
    this.#share.arrived(modality);
  }

  /** Adds a prepared item. */
  add(job: Job): void {
    this.#prepared[job.item.modality].insert(job);
  }

  /** Takes a prepared item out. */
  drop(job: Job): void {
    this.#prepared[job.item.modality].remove([job]);
  }

  /** Takes out what a replica shall compute next; undefined if there is nothing for it. */
  take(request: MinibatchRequest): Minibatch | undefined {
    for (const modality of this.#share.order()) {
      // While texts come, an image minibatch more in front of them is what they would wait for.
      if (request.ahead && modality === "image" && this.#share.imageCap() < Infinity) continue;
      const jobs = this.#choose(modality, request);
      if (!jobs) continue;
      this.#prepared[modality].remove(jobs);
      return { modality, jobs };
    }
    return undefined;
  }

  /** A minibatch was computed in `ms` milliseconds. */
  served(modality: Modality, items: number, ms: number): void {
    this.#share.served(modality, items, ms);
  }

  /** Bounds the minibatches of a modality; returns the bound now in force, which only goes down. */
  bound(modality: Modality, most: number): number {
    return this.#limit[modality] = Math.min(this.#limit[modality], Math.max(1, most));
  }

  #choose(
    modality: Modality,
    { replica, alone, ahead }: MinibatchRequest,
  ): readonly Job[] | undefined {
    const all = this.#prepared[modality].entries;
    const first = all.find((job) => alone || job.failedOn !== replica);
    if (!first) return undefined;
    // What saw a worker die runs by itself: its neighbours shall not pay for it again.
    if (first.deaths > 0) return ahead ? undefined : [first];
    const jobs = all.filter((job) => job.deaths === 0);
    if (modality === "text") {
      const { chosen, full } = chooseTextBatch(jobs, {
        minibatchSize: this.#limit.text,
        tokenBudget: this.#tokenBudget,
        runLength: this.#runLength,
      });
      return ahead && !full ? undefined : chosen;
    }
    const most = Math.min(this.#limit.image, this.#share.imageCap());
    return ahead && jobs.length < most ? undefined : jobs.slice(0, most);
  }
}
