import assert from "node:assert/strict";
import { withDeadline } from "../src/deadline.ts";

Deno.test("withDeadline() fires with its parent, with the parent's reason", () => {
  const parent = new AbortController();
  const { signal, clear } = withDeadline(parent.signal, 60_000, () => "late");
  assert.equal(signal.aborted, false);
  parent.abort("gone");
  assert.equal(signal.reason, "gone");
  clear();
});

Deno.test("withDeadline() fires at once if its parent has", () => {
  const { signal, clear } = withDeadline(AbortSignal.abort("gone"), 60_000, () => "late");
  assert.equal(signal.reason, "gone");
  clear();
});

Deno.test("withDeadline() fires after its time, and not once it is cleared", async () => {
  const parent = new AbortController();
  const cleared = withDeadline(parent.signal, 1, () => "cleared");
  cleared.clear();
  const { signal, clear } = withDeadline(parent.signal, 2, () => "late");
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  assert.equal(signal.reason, "late");
  assert.equal(cleared.signal.aborted, false);
  clear();
  parent.abort();
  assert.equal(cleared.signal.aborted, false);
});
