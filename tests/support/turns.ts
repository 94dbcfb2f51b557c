/** Waiting inside this process, by turns of its event loop instead of by time. */
import assert from "node:assert/strict";

/** What only a failing test waits for: so many turns, and so long, as they come fast or slowly. */
const PATIENCE = 20_000;
const PATIENCE_MS = 60_000;

/** Resolves once `good` holds. */
export async function settle(good: () => boolean, what = String(good)): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let turn = 0; !good(); turn++) {
    assert.ok(turn < PATIENCE || performance.now() < deadline, `never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/**
 * Resolves once `value` has stayed the same for a good while of turns in which everything that
 * could move had its chance; the value.
 */
export async function standstill(value: () => number, turns = 200): Promise<number> {
  let last = value();
  for (let still = 0; still < turns; still++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (value() !== last) {
      last = value();
      still = 0;
    }
  }
  return last;
}
