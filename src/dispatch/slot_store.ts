/**
 * Slots of prepared inputs in memory shared by the main thread (who owns them), the preprocessing
 * workers (who write them) and the replicas (who read them). A fixed number of slots is the bound
 * on prepared work.
 */

/** Hands out slot numbers, lowest first, so that memory never needed is never touched. */
export class SlotStore {
  readonly capacity: number;
  /** `capacity` × `slotBytes` bytes. */
  readonly memory: SharedArrayBuffer;
  readonly #free: number[] = [];
  #next = 0;

  constructor(capacity: number, slotBytes: number) {
    this.capacity = capacity;
    this.memory = new SharedArrayBuffer(capacity * slotBytes);
  }

  /** Slots not handed out. */
  get available(): number {
    return this.#free.length + this.capacity - this.#next;
  }

  /** A free slot, or undefined when all are taken. */
  take(): number | undefined {
    const slot = this.#free.pop();
    if (slot !== undefined) return slot;
    return this.#next < this.capacity ? this.#next++ : undefined;
  }

  /** Gives a slot back. */
  release(slot: number): void {
    this.#free.push(slot);
  }
}
