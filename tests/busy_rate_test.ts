import assert from "node:assert/strict";
import { BusyRate } from "../src/busy_rate.ts";

function clocked(): { rate: BusyRate; pass: (ms: number) => void } {
  let now = 0;
  return { rate: new BusyRate(() => now), pass: (ms) => now += ms };
}

Deno.test("BusyRate measures while somebody waits, and knows nothing before", () => {
  const { rate, pass } = clocked();
  assert.equal(rate.perMs, undefined);
  rate.busy = true;
  for (let i = 0; i < 10; i++) {
    pass(100);
    rate.done(20);
  }
  assert.ok(Math.abs(rate.perMs! - 0.2) < 1e-9, String(rate.perMs));
});

Deno.test("BusyRate takes neither pauses nor leisure for slowness", () => {
  const { rate, pass } = clocked();
  for (let i = 0; i < 10; i++) {
    rate.busy = true;
    pass(100);
    rate.done(20);
    rate.busy = false;
    pass(60_000);
    // One that nobody waited behind.
    rate.done(1);
  }
  assert.ok(Math.abs(rate.perMs! - 0.2) < 1e-9, String(rate.perMs));
});

Deno.test("BusyRate follows a change within seconds, and one odd measurement does not rule it", () => {
  const { rate, pass } = clocked();
  rate.busy = true;
  const run = (times: number, ms: number) => {
    for (let i = 0; i < times; i++) {
      pass(ms);
      rate.done(10);
    }
  };
  run(50, 100);
  run(1, 2_000);
  assert.ok(rate.perMs! > 0.02, String(rate.perMs));
  run(50, 200);
  assert.ok(Math.abs(rate.perMs! - 0.05) < 0.005, String(rate.perMs));
});

Deno.test("BusyRate counts of what was begun before anybody waited what was done since", () => {
  const { rate, pass } = clocked();
  for (let i = 0; i < 5; i++) {
    // A minibatch of 2000 ms is three quarters done when the first one waits behind it.
    pass(1500);
    rate.busy = true;
    pass(500);
    rate.done(40, 2000);
    rate.busy = false;
  }
  assert.ok(Math.abs(rate.perMs! - 0.02) < 1e-9, String(rate.perMs));
});

Deno.test("BusyRate counts minibatches of several replicas whole, once all began while one waited", () => {
  const { rate, pass } = clocked();
  rate.busy = true;
  for (let i = 0; i < 200; i++) {
    pass(100);
    // Ten replicas, each of which takes 1000 ms for 20.
    rate.done(20, 1000);
  }
  assert.ok(Math.abs(rate.perMs! - 0.2) < 1e-3, String(rate.perMs));
});
