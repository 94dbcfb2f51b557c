/**
 * How long an item would wait that came now: the work ahead of it over the rate at which work of its
 * modality is done. The rate is measured where the answers come out, so that it holds whatever is
 * the bottleneck (replicas, decoders, the main thread) and however modalities share it.
 *
 * Work is counted in units: an image is one, and so is a text of common length.
 */
import { BusyRate } from "../busy_rate.ts";
import type { EncodeItem, Modality } from "../model/item.ts";

/**
 * A request of many items is given this share of the engine while others wait: its items stand in
 * the queue as far apart as if it had a quarter of the rate to itself. Smaller ones that come later
 * go between them; the last of them is done after the wait and this many times its own time.
 */
const SHARES = 4;

/** While no rate is known, requests of many items are spread as at this one. */
const COLD_UNITS_PER_MS = 1;

/** Work is looked up by its place in the queue, in steps of this many milliseconds. */
const STEP_MS = 100;

/** Tokens that a text costs before its first one, in a full minibatch. */
const TOKENS_FOR_A_TEXT = 8;
const COMMON_TOKENS = 17;
const CHARACTERS_PER_TOKEN = 4.5;

/** A cost that was seen first is that of a cold engine: it counts from this minibatch on. */
const WARM_BATCHES = 2;
const NEW_COST_WEIGHT = 0.3;

/** Work at its place in the queue. */
export interface QueuedWork {
  readonly item: Pick<EncodeItem, "modality">;
  /** Place in the queue, in milliseconds of the clock: what has a lower one goes first. */
  readonly tag: number;
  /** Units. */
  readonly work: number;
  /** Where it is counted; kept by `WaitingTime`. */
  step: number;
}

/** The work of an item, in units. @param tokens most that a text is cut to; 0 if all texts cost one. */
export function workOf(item: EncodeItem, tokens: number): number {
  if (item.modality === "image" || tokens === 0) return 1;
  const own = Math.min(tokens, 2 + item.text.length / CHARACTERS_PER_TOKEN);
  return (TOKENS_FOR_A_TEXT + own) / (TOKENS_FOR_A_TEXT + COMMON_TOKENS);
}

/** Says how long one would wait. */
export class WaitingTime {
  readonly #by: Record<Modality, OneWaitingTime>;

  /** @param now a clock in milliseconds. */
  constructor(replicas: number, now: () => number = () => performance.now()) {
    const one = () => new OneWaitingTime(replicas, now);
    this.#by = { text: one(), image: one() };
  }

  /** Work has been put into the queue, or has been moved in it. */
  entered(work: QueuedWork): void {
    this.#by[work.item.modality].entered(work);
  }

  /** Work is done or dropped. */
  left(work: QueuedWork): void {
    this.#by[work.item.modality].left(work);
  }

  /** Says whether some of a modality is not in the hands of replicas. */
  busy(modality: Modality, busy: boolean): void {
    this.#by[modality].rate.busy = busy;
  }

  /** A minibatch was computed, in `ms` milliseconds of a replica. */
  computed(modality: Modality, units: number, ms: number): void {
    this.#by[modality].computed(units, ms);
  }

  /** Milliseconds by which the next item of a flow stands behind one of so many units. */
  spacing(modality: Modality, units: number): number {
    return SHARES * units / (this.#by[modality].perMs ?? COLD_UNITS_PER_MS);
  }

  /**
   * Milliseconds that work would wait for others.
   * @param place where the first of it would stand.
   * @param units how much it is itself.
   * @returns 0 while the rate is not known.
   */
  expected(modality: Modality, place: number, units: number): number {
    return this.#by[modality].expected(place + this.spacing(modality, units));
  }
}

/** Of one modality. */
class OneWaitingTime {
  readonly rate: BusyRate;
  readonly #replicas: number;
  /** Units by step of their places. */
  readonly #steps = new Map<number, number>();
  /** No step before this one has any. */
  #first = 0;
  #batches = 0;
  /** Milliseconds of a replica for a unit. */
  #cost = 0;

  constructor(replicas: number, now: () => number) {
    this.#replicas = replicas;
    this.rate = new BusyRate(now);
  }

  /** Until there was something to wait for, replicas are taken for the bottleneck. */
  get perMs(): number | undefined {
    const guess = this.#batches >= WARM_BATCHES ? this.#replicas / this.#cost : undefined;
    return this.rate.perMs ?? guess;
  }

  entered(work: QueuedWork): void {
    const step = Math.floor(work.tag / STEP_MS);
    this.#first = this.#steps.size === 0 ? step : Math.min(this.#first, step);
    this.#steps.set(step, (this.#steps.get(step) ?? 0) + work.work);
    work.step = step;
  }

  left({ step, work }: QueuedWork): void {
    const rest = (this.#steps.get(step) ?? 0) - work;
    // Sums of fractions do not come back to nothing exactly.
    if (rest > 1e-6) this.#steps.set(step, rest);
    else this.#steps.delete(step);
  }

  computed(units: number, ms: number): void {
    this.rate.done(units, ms);
    if (++this.#batches < WARM_BATCHES) return;
    const cost = ms / units;
    this.#cost = this.#batches === WARM_BATCHES
      ? cost
      : (1 - NEW_COST_WEIGHT) * this.#cost + NEW_COST_WEIGHT * cost;
  }

  /** Milliseconds that all work up to a place takes. */
  expected(place: number): number {
    const rate = this.perMs;
    if (rate === undefined || this.#steps.size === 0) return 0;
    while (!this.#steps.has(this.#first)) this.#first++;
    const last = Math.floor(place / STEP_MS);
    let units = 0;
    for (let step = this.#first; step <= last; step++) units += this.#steps.get(step) ?? 0;
    return units / rate;
  }
}
