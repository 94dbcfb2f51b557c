/** The codes of all documents, in the order of their keys: what searches look through exactly. */
import type { Metric } from "../engine.ts";
import {
  CodeSegment,
  SLOT,
  SLOTS_PER_CALL,
  slotsPerSegment,
  type SlotState,
} from "./code_segment.ts";
import type { CodedQuery } from "./coding.ts";
import type { Nearest } from "./nearest.ts";
import type { StepClock, Steps } from "./steps.ts";

/** Fewer removed slots than this are not worth a copy of the others. */
const LEAST_REMOVED = 10_000;

/** Slots are numbered through all segments; they are given anew by `compact`. */
export class CodeStore {
  readonly metric: Metric;
  readonly dimensions: number;
  readonly #clock: StepClock;
  readonly #perSegment: number;
  readonly #distances = new Float64Array(SLOTS_PER_CALL);
  #segments: CodeSegment[] = [];
  #removed = 0;

  constructor(metric: Metric, dimensions: number, clock: StepClock) {
    this.metric = metric;
    this.dimensions = dimensions;
    this.#clock = clock;
    this.#perSegment = slotsPerSegment(dimensions);
  }

  /** All slots, those of removed documents too. */
  get length(): number {
    const last = this.#segments.at(-1);
    return last === undefined ? 0 : (this.#segments.length - 1) * this.#perSegment + last.length;
  }

  /** Documents. */
  get size(): number {
    return this.length - this.#removed;
  }

  /** The segments, to be written to a file. */
  get segments(): readonly CodeSegment[] {
    return this.#segments;
  }

  /** A segment more, to be filled from a file. */
  addSegment(): CodeSegment {
    const segment = new CodeSegment(this.metric, this.dimensions);
    this.#segments.push(segment);
    return segment;
  }

  /** @param key greater than all that are there. */
  append(key: number, embeddings: Float32Array, at: number): void {
    const last = this.#segments.at(-1);
    (last === undefined || last.full ? this.addSegment() : last).append(key, embeddings, at);
  }

  keyOf(slot: number): number {
    return this.#segmentOf(slot).keys[slot % this.#perSegment]!;
  }

  stateOf(slot: number): SlotState {
    return this.#segmentOf(slot).states[slot % this.#perSegment] as SlotState;
  }

  setState(slot: number, state: SlotState): void {
    const segment = this.#segmentOf(slot);
    const at = slot % this.#perSegment;
    const before = segment.states[at];
    if (before !== SLOT.removed && state === SLOT.removed) this.#removed++;
    segment.states[at] = state;
  }

  /** The slot of a key, or -1 if its document is gone. */
  slotOf(key: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.keyOf(middle) < key) low = middle + 1;
      else high = middle;
    }
    const there = low < this.length && this.keyOf(low) === key;
    return there && this.stateOf(low) !== SLOT.removed ? low : -1;
  }

  /** The slots of keys, without those whose documents are gone. @param keys ascending. */
  slotsOf(keys: ArrayLike<number>): Uint32Array {
    const slots = new Uint32Array(keys.length);
    const { length } = this;
    let [count, from] = [0, 0];
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      // In growing steps from the one before: most lie near each other.
      let step = 1;
      while (from + step < length && this.keyOf(from + step) < key) step *= 2;
      let [low, high] = [from + (step >> 1), Math.min(length, from + step + 1)];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.keyOf(middle) < key) low = middle + 1;
        else high = middle;
      }
      from = low;
      if (from >= length) break;
      if (this.keyOf(from) === key && this.stateOf(from) !== SLOT.removed) slots[count++] = from;
    }
    return slots.subarray(0, count);
  }

  /** The first slot from `from` on whose document is in that state; `length` if there is none. */
  firstWith(state: SlotState, from: number): number {
    const { length } = this;
    let slot = from;
    while (slot < length && this.stateOf(slot) !== state) slot++;
    return slot;
  }

  /** Offers all documents of a range of slots. */
  *scan(query: CodedQuery, from: number, to: number, nearest: Nearest): Steps<void> {
    let slot = from;
    while (slot < to) {
      const segment = this.#segmentOf(slot);
      const base = slot - slot % this.#perSegment;
      const end = Math.min(to, base + segment.length);
      let count = 0;
      for (; slot < end && count < SLOTS_PER_CALL; slot++) {
        if (segment.states[slot - base] !== SLOT.removed) segment.slots[count++] = slot - base;
      }
      this.#offer(segment, base, query, count, nearest);
      if (this.#clock.over) yield "pause";
    }
  }

  /** Offers the documents of some slots. @param slots ascending; those of removed ones are left out. */
  *scanSome(query: CodedQuery, slots: ArrayLike<number>, nearest: Nearest): Steps<void> {
    for (let i = 0; i < slots.length;) {
      const segment = this.#segmentOf(slots[i]!);
      const base = slots[i]! - slots[i]! % this.#perSegment;
      const end = base + segment.length;
      let count = 0;
      for (; i < slots.length && slots[i]! < end && count < SLOTS_PER_CALL; i++) {
        const at = slots[i]! - base;
        if (segment.states[at] !== SLOT.removed) segment.slots[count++] = at;
      }
      this.#offer(segment, base, query, count, nearest);
      if (this.#clock.over) yield "pause";
    }
  }

  /** Counts the slots of removed documents anew, after segments were filled from a file. */
  recount(): void {
    this.#removed = 0;
    for (const { states, length } of this.#segments) {
      for (let i = 0; i < length; i++) if (states[i] === SLOT.removed) this.#removed++;
    }
  }

  /** Whether `compact` would give back much. */
  get sparse(): boolean {
    return this.#removed > LEAST_REMOVED && this.#removed > this.size;
  }

  /** Gives back the slots of removed documents; the numbers of the others change. */
  compact(): void {
    const before = this.#segments;
    this.#segments = [];
    this.#removed = 0;
    for (let segment = before.shift(); segment !== undefined; segment = before.shift()) {
      for (let slot = 0; slot < segment.length; slot++) {
        if (segment.states[slot] === SLOT.removed) continue;
        const last = this.#segments.at(-1);
        (last === undefined || last.full ? this.addSegment() : last).copy(segment, slot);
      }
    }
  }

  /** Removes all. */
  clear(): void {
    this.#segments = [];
    this.#removed = 0;
  }

  #segmentOf(slot: number): CodeSegment {
    return this.#segments[Math.floor(slot / this.#perSegment)]!;
  }

  #offer(
    segment: CodeSegment,
    base: number,
    query: CodedQuery,
    count: number,
    nearest: Nearest,
  ): void {
    segment.distances(query, count, this.#distances);
    let { bound } = nearest;
    for (let i = 0; i < count; i++) {
      const distance = this.#distances[i]!;
      if (distance >= bound) continue;
      nearest.offer(distance, base + segment.slots[i]!);
      bound = nearest.bound;
    }
  }
}
