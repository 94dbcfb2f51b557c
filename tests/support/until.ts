/** Waiting for what another process or thread does. */
import assert from "node:assert/strict";

/** Longest wait; only a failing test gets there. */
const PATIENCE_MS = 180_000;

/**
 * Asks again and again until the answer is good, and returns it.
 * @throws {AssertionError} with the last answer if it never is.
 */
export async function until<T>(ask: () => Promise<T>, good: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  while (true) {
    const answer = await ask();
    if (good(answer)) return answer;
    assert.ok(performance.now() < deadline, `never came: ${good}; last: ${JSON.stringify(answer)}`);
  }
}

/** Looks again and again, a turn of the event loop apart, until it is so. */
export async function untilSo(condition: () => boolean): Promise<void> {
  await until(
    () => new Promise<boolean>((resolve) => setTimeout(() => resolve(condition()))),
    (so) => so,
  );
}
