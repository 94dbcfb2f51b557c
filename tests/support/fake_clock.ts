/** A clock that a test moves on. */
import type { Clock } from "../../src/gateway/keys/clock.ts";

/** Stands still until `advance`. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #alarms = new Set<{ at: number; callback: () => void }>();

  readonly now = (): number => this.#now;

  wake(ms: number, callback: () => void): () => void {
    const alarm = { at: this.#now + ms, callback };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Alarms that are set. */
  get alarms(): number {
    return this.#alarms.size;
  }

  /** Moves on, and calls those whose time has come. */
  advance(ms: number): void {
    this.#now += ms;
    for (const alarm of this.#alarms) {
      if (alarm.at > this.#now) continue;
      this.#alarms.delete(alarm);
      alarm.callback();
    }
  }
}
