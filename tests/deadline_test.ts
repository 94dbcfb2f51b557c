import assert from "node:assert/strict";
import { timerMs, withDeadline, within } from "../src/deadline.ts";

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

Deno.test("a limit that a timer cannot count to is as good as none", async () => {
  const { signal, clear } = withDeadline(new AbortController().signal, 3_000_000_000, () => "late");
  // A timer that was set for longer than 31 bits of milliseconds would fire in the next turns.
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(signal.aborted, false);
  clear();
  assert.equal(timerMs(Infinity), 2 ** 31 - 1);
  assert.equal(timerMs(250), 250);
});

Deno.test("within() waits no longer than it may, and leaves no timer behind", async () => {
  assert.equal(await within(60_000, Promise.resolve("done")), "done");
  assert.equal(await within(1, new Promise(() => {})), undefined);
  await assert.rejects(within(60_000, Promise.reject(new Error("broken"))), /broken/);
});
