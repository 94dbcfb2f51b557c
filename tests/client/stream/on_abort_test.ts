import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { onAbort } from "../../../client/stream/on_abort.ts";

Deno.test("all that listen hear of the end once, but those that let go", () => {
  const { signal, abort } = controlled();
  const heard: number[] = [];
  const letGo = Array.from({ length: 50 }, (_, i) => onAbort(signal, () => heard.push(i)));
  for (const end of letGo.slice(3)) end();
  abort();
  abort();
  assert.deepEqual(heard, [0, 1, 2]);
});

Deno.test("a signal has one listener for all, and none when all have let go", () => {
  const { signal } = controlled();
  const letGo = Array.from({ length: 50 }, () => onAbort(signal, () => {}));
  assert.equal(getEventListeners(signal, "abort").length, 1);
  for (const end of letGo) end();
  assert.equal(getEventListeners(signal, "abort").length, 0);
  const again = onAbort(signal, () => {});
  assert.equal(getEventListeners(signal, "abort").length, 1);
  again();
});

function controlled(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
