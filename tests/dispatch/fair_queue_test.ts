import assert from "node:assert/strict";
import fc from "fast-check";
import { FairQueue, type Tagged } from "../../src/dispatch/fair_queue.ts";

interface Entry extends Tagged {
  name: string;
}

let sequence = 0;
const entry = (name: string): Entry => ({ name, tag: 0, sequence: sequence++ });

function drain(queue: FairQueue<Entry>): string[] {
  const names: string[] = [];
  for (let next = queue.pop(); next; next = queue.pop()) names.push(next.name);
  return names;
}

Deno.test("FairQueue keeps the order of one flow", () => {
  const queue = new FairQueue<Entry>(() => 0);
  const flow = {};
  for (let i = 0; i < 100; i++) queue.push(entry(String(i)), flow, 1);
  assert.deepEqual(drain(queue), Array.from({ length: 100 }, (_, i) => String(i)));
});

Deno.test("FairQueue serves a late small flow next to an early large one", () => {
  const queue = new FairQueue<Entry>(() => 0);
  const large = {};
  for (let i = 0; i < 1000; i++) queue.push(entry("large"), large, 1);
  for (let i = 0; i < 10; i++) queue.pop();
  queue.push(entry("small"), {}, 1);
  assert.equal(drain(queue).indexOf("small") <= 1, true);
});

Deno.test("FairQueue shares between flows in turn, whoever sent how much", () => {
  const queue = new FairQueue<Entry>(() => 0);
  const [a, b] = [{}, {}];
  for (let i = 0; i < 50; i++) queue.push(entry("a"), a, 1);
  for (let i = 0; i < 10; i++) queue.push(entry("b"), b, 1);
  const first = drain(queue).slice(0, 20);
  assert.equal(first.filter((name) => name === "b").length, 10);
});

Deno.test("FairQueue shows the next entry and keeps it", () => {
  assert.equal(new FairQueue<Entry>(() => 0).first, undefined);
  const queue = new FairQueue<Entry>(() => 0);
  for (const name of ["a", "b"]) queue.push(entry(name), {}, 1);
  assert.equal(queue.first?.name, "a");
  assert.deepEqual(drain(queue), ["a", "b"]);
});

Deno.test("FairQueue gives everything back once, in order of tag", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ flow: fc.nat(4), cost: fc.integer({ min: 1, max: 5 }) })),
      (pushes) => {
        const queue = new FairQueue<Entry>(() => 0);
        const flows = Array.from({ length: 5 }, () => ({}));
        const entries = pushes.map(({ flow, cost }) => {
          const one = entry(String(flow));
          queue.push(one, flows[flow]!, cost);
          return one;
        });
        const out: Entry[] = [];
        for (let next = queue.pop(); next; next = queue.pop()) out.push(next);
        assert.deepEqual(new Set(out), new Set(entries));
        assert.equal(out.length, entries.length);
        for (let i = 1; i < out.length; i++) assert.equal(out[i - 1]!.tag <= out[i]!.tag, true);
      },
    ),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("FairQueue restores an entry to its place and prunes what is not kept", () => {
  const queue = new FairQueue<Entry>(() => 0);
  const flow = {};
  const entries = ["a", "b", "c", "d"].map(entry);
  for (const one of entries) queue.push(one, flow, 1);
  const first = queue.pop()!;
  queue.restore(first);
  queue.prune((one) => one.name !== "c");
  assert.deepEqual(drain(queue), ["a", "b", "d"]);
});

Deno.test("FairQueue moves an entry to the front that a flow with less of its own joins", () => {
  const queue = new FairQueue<Entry>(() => 0);
  const large = {};
  const entries = Array.from({ length: 100 }, (_, i) => entry(String(i)));
  for (const one of entries) queue.push(one, large, 1);
  queue.pop();
  const small = {};
  queue.join(entries[90]!, small, 1);
  // It pays: the next one that it joins comes after what the large flow has in between.
  queue.join(entries[80]!, small, 1);
  const order = drain(queue);
  assert.equal(order.length, 99);
  assert.ok(order.indexOf("90") <= 1, order.slice(0, 5).join());
  assert.ok(order.indexOf("80") <= 3, order.slice(0, 5).join());
  assert.ok(order.indexOf("80") > order.indexOf("90"));
  assert.ok(order.indexOf("99") === 98);
});

Deno.test("FairQueue leaves an entry where it is when the flow that joins has no earlier turn", () => {
  const queue = new FairQueue<Entry>(() => 0);
  const [a, b] = [{}, {}];
  const first = entry("first");
  queue.push(first, a, 1);
  for (let i = 0; i < 5; i++) queue.push(entry("b"), b, 1);
  queue.join(first, b, 1);
  assert.equal(queue.pop(), first);
});
