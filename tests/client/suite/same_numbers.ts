/** Comparing embeddings. */
import assert from "node:assert/strict";

/** Asserts that vectors are equal but for what another batch does to the last digits. */
export function assertClose(actual: Float32Array, expected: Float32Array, what = ""): void {
  assert.equal(actual.length, expected.length, what);
  for (let i = 0; i < actual.length; i++) {
    assert.ok(Math.abs(actual[i]! - expected[i]!) < 1e-4, `${what}: number ${i} differs`);
  }
}

/** Resolves with what a promise is rejected with. */
export async function rejected<E extends Error>(
  promise: Promise<unknown>,
  type: abstract new (...args: never[]) => E,
): Promise<E> {
  try {
    await promise;
  } catch (thrown) {
    assert.ok(thrown instanceof type, `it was ${thrown}`);
    return thrown;
  }
  assert.fail("it was not rejected");
}
