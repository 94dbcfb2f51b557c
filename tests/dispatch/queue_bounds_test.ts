import assert from "node:assert/strict";
import { QueueBounds } from "../../src/dispatch/queue_bounds.ts";

const bounds = new QueueBounds({ maxQueue: 100, maxQueueBytes: 1000, maxWaitMs: 2000 });
const one = { items: 1, bytes: 10 };

Deno.test("reject() says by which bound, and when to come back", () => {
  const rejection = bounds.reject({ items: 5, bytes: 50 }, one, () => 2500);
  assert.equal(rejection?.reason, "wait");
  assert.equal(rejection.error.kind, "overloaded");
  assert.equal(rejection.error.retryAfterMs, 2500);
  assert.match(rejection.error.message, /2\.5 s, 2 are allowed by 'max_wait_ms'/);
  assert.equal(bounds.reject({ items: 100, bytes: 50 }, one, () => 100)?.reason, "items");
  assert.equal(
    bounds.reject({ items: 5, bytes: 995 }, one, () => 0)?.error.retryAfterMs,
    undefined,
  );
  assert.equal(bounds.reject({ items: 5, bytes: 50 }, one, () => 2000), undefined);
});

Deno.test("reject() takes what comes when nothing waits, however large it is", () => {
  assert.equal(
    bounds.reject({ items: 0, bytes: 0 }, { items: 10_000, bytes: 1e9 }, () => 9e9),
    undefined,
  );
});

Deno.test("a 'max_wait_ms' of 0 is no bound", () => {
  const free = new QueueBounds({ maxQueue: 100, maxQueueBytes: 1000, maxWaitMs: 0 });
  assert.equal(free.reject({ items: 5, bytes: 50 }, one, () => 9e9), undefined);
  assert.equal(free.roomy({ items: 5, bytes: 50 }, () => 9e9), true);
});

Deno.test("streams are left half of each bound", () => {
  assert.equal(bounds.roomy({ items: 49, bytes: 499 }, () => 1000), true);
  assert.equal(bounds.roomy({ items: 50, bytes: 0 }, () => 0), false);
  assert.equal(bounds.roomy({ items: 0, bytes: 500 }, () => 0), false);
  assert.equal(bounds.roomy({ items: 1, bytes: 1 }, () => 1001), false);
  assert.equal(bounds.fits({ items: 5, bytes: 50 }, one, () => 1000), true);
  assert.equal(bounds.fits({ items: 5, bytes: 50 }, one, () => 1001), false);
});

Deno.test("streams always bring what fills the next minibatches, however slow these are", () => {
  const slow = new QueueBounds({ maxQueue: 100, maxQueueBytes: 1000, maxWaitMs: 2000 }, 32);
  assert.equal(slow.fits({ items: 31, bytes: 50 }, one, () => 60_000), true);
  assert.equal(slow.fits({ items: 32, bytes: 50 }, one, () => 60_000), false);
});

Deno.test("what is larger than the streams' half goes in where that half would", () => {
  const large = { items: 1000, bytes: 5000 };
  assert.equal(bounds.holds({ items: 50, bytes: 500 }, large), true);
  assert.equal(bounds.holds({ items: 51, bytes: 500 }, large), false);
  assert.equal(bounds.holds({ items: 50, bytes: 501 }, large), false);
});
