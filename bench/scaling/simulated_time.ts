/** A clock that jumps from one event to the next. */

/** Time in milliseconds, and what is to happen at which. */
export class SimulatedTime {
  #now = 0;
  /** A binary heap by time, then by order of planning. */
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  readonly #actions: (() => void)[] = [];
  #order = 0;

  /** Milliseconds since the beginning. */
  readonly now = (): number => this.#now;

  /** Plans an action, `ms` milliseconds from now. */
  after(ms: number, action: () => void): void {
    const at = this.#now + Math.max(0, ms);
    let child = this.#times.length;
    this.#times.push(at);
    this.#orders.push(0);
    this.#actions.push(action);
    const order = this.#order++;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (this.#times[parent]! <= at) break;
      this.#move(parent, child);
      child = parent;
    }
    this.#place(child, at, order, action);
  }

  /** Lets everything happen up to a time, in order. */
  run(until: number): void {
    while (this.#times.length > 0 && this.#times[0]! <= until) {
      this.#now = this.#times[0]!;
      this.#pop()();
    }
    this.#now = Math.max(this.#now, until);
  }

  #pop(): () => void {
    const first = this.#actions[0]!;
    const at = this.#times.pop()!;
    const order = this.#orders.pop()!;
    const action = this.#actions.pop()!;
    const length = this.#times.length;
    if (length === 0) return first;
    let parent = 0;
    while (true) {
      let child = 2 * parent + 1;
      if (child >= length) break;
      if (
        child + 1 < length && this.#before(child + 1, this.#times[child]!, this.#orders[child]!)
      ) {
        child++;
      }
      if (!this.#before(child, at, order)) break;
      this.#move(child, parent);
      parent = child;
    }
    this.#place(parent, at, order, action);
    return first;
  }

  #before(index: number, at: number, order: number): boolean {
    const time = this.#times[index]!;
    return time < at || (time === at && this.#orders[index]! < order);
  }

  #move(from: number, to: number): void {
    this.#place(to, this.#times[from]!, this.#orders[from]!, this.#actions[from]!);
  }

  #place(at: number, time: number, order: number, action: () => void): void {
    this.#times[at] = time;
    this.#orders[at] = order;
    this.#actions[at] = action;
  }
}
