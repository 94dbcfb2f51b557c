/** Asserts that something is refused as a broken or unsupported checkpoint. */

import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";

/** Runs `body`, which must throw a `ClipError` of `kind`; returns its message. */
export function refused(body: () => unknown, pattern: RegExp, kind = "model"): string {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof ClipError, `not a ClipError: ${error}`);
    assert.equal(error.kind, kind);
    assert.match(error.message, pattern);
    return error.message;
  }
  assert.fail(`not refused, wanted ${pattern}`);
}
