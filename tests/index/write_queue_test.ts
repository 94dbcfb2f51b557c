import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";
import { WriteQueue } from "../../src/index/write_queue.ts";

Deno.test("WriteQueue bounds documents and bytes, and takes anything when nothing waits", () => {
  const queue = new WriteQueue({ documents: 10, bytes: 1000 });
  const leave = queue.enter(50, 5000);
  assert.throws(() => queue.enter(1, 1), /50 of 10 documents/);
  leave(true);
  assert.equal(queue.documents, 0);
  const half = queue.enter(5, 600);
  assert.throws(
    () => queue.enter(1, 401),
    /600 of 1000 bytes wait to be written\): send again later/,
  );
  queue.enter(5, 400)(false);
  half(true);
  assert.equal(queue.documents, 0);
});

Deno.test("WriteQueue says when there will be room, once it knows how fast it is", () => {
  let now = 0;
  const queue = new WriteQueue({ documents: 10, bytes: 1000 }, () => now);
  const retryAfter = () => {
    try {
      queue.enter(10, 1);
    } catch (thrown) {
      assert.ok(thrown instanceof ClipError && thrown.kind === "overloaded");
      return thrown.retryAfterMs;
    }
    throw new Error("taken");
  };
  const waits = queue.enter(5, 1);
  assert.equal(retryAfter(), undefined);
  for (let i = 0; i < 3; i++) {
    const leave = queue.enter(2, 1);
    now += 100;
    leave(true);
  }
  // Two in 100 ms: five take 250.
  assert.equal(Math.round(retryAfter()!), 250);
  waits(true);
});
