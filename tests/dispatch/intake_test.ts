import assert from "node:assert/strict";
import { Intake } from "../../src/dispatch/intake.ts";
import type { EncodeItem } from "../../src/model/item.ts";
import { NO_OBSERVER } from "../../src/telemetry/engine_observer.ts";

const one: EncodeItem = { modality: "text", text: "a cat" };
const more = { items: 1, bytes: 10 };

/** An intake of a queue of texts, 12.5 seconds long where calls may wait for 20 and streams for 10. */
function longQueue(): Intake {
  const intake = new Intake({
    replicas: 1,
    minibatchSize: 8,
    maxQueue: 10_000,
    maxQueueBytes: 1e6,
    maxWaitMs: 20_000,
    observer: NO_OBSERVER,
  }, {
    queued: { items: 1000, bytes: 10_000 },
    tokens: 0,
    place: () => performance.now(),
  });
  for (let i = 0; i < 2; i++) intake.time.computed("text", 8, 100);
  for (let i = 0; i < 1000; i++) {
    intake.time.entered({ item: one, tag: performance.now(), work: 1, step: 0 });
  }
  return intake;
}

Deno.test("where calls are taken and streams would wait too long, these bring as much as those", () => {
  const intake = longQueue();
  assert.equal(intake.fits(more, "text"), false);
  intake.take([one, one, one], true, undefined);
  for (let i = 0; i < 3; i++) {
    assert.equal(intake.roomy, true);
    assert.equal(intake.fits(more, "text"), true);
    assert.equal(intake.fits(more, "image"), true, "nobody waits with images");
    intake.take([one], false, {});
  }
  assert.equal(intake.fits(more, "text"), false);
  assert.equal(intake.roomy, false);
});

Deno.test("a stream's large request goes in when calls have filled the next minibatches, and is paid for", () => {
  const intake = longQueue();
  const large = { items: 100, bytes: 1000 };
  const calls = (items: number) => intake.take(new Array(items).fill(one), true, undefined);
  calls(7);
  assert.equal(intake.fits(large, "text"), false);
  calls(1);
  assert.equal(intake.fits(large, "text"), true);
  intake.take(new Array(100).fill(one), false, {});
  calls(92);
  assert.equal(intake.fits(more, "text"), false);
  calls(1);
  assert.equal(intake.fits(more, "text"), true);
});
