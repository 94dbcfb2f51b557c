import assert from "node:assert/strict";
import type { Modality } from "../../src/model/item.ts";
import { FairQueue } from "../../src/dispatch/fair_queue.ts";
import { QueueBounds } from "../../src/dispatch/queue_bounds.ts";
import { type QueuedWork, WaitingTime, workOf } from "../../src/dispatch/waiting_time.ts";

/** A queue whose server does one unit each millisecond, with a clock of its own. */
class Line {
  now = 0;
  readonly time = new WaitingTime(1, () => this.now);
  readonly #queue = new FairQueue<Work>(() => this.now);
  #sequence = 0;

  /** Queues items of a flow. */
  add(count: number, flow: object = {}): Work[] {
    return Array.from({ length: count }, () => {
      const work = new Work(this.#sequence++);
      this.#queue.push(work, flow, this.time.spacing("text", 1));
      this.time.entered(work);
      this.time.busy("text", true);
      return work;
    });
  }

  /** Serves the next items. */
  serve(count: number): void {
    for (let i = 0; i < count && this.#queue.size > 0; i++) {
      const work = this.#queue.pop()!;
      this.now += 1;
      work.doneAt = this.now;
      this.time.computed("text", 1, 1);
      this.time.left(work);
      this.time.busy("text", this.#queue.size > 0);
    }
  }

  /** What items of a flow would wait for others. */
  expected(count = 1, flow?: object): number {
    return this.time.expected("text", this.#queue.place(flow), count);
  }
}

class Work implements QueuedWork {
  readonly item = { modality: "text" as Modality };
  readonly work = 1;
  tag = 0;
  step = 0;
  doneAt = 0;
  constructor(readonly sequence: number) {}
}

/** A line whose rate is known. */
function warm(): Line {
  const line = new Line();
  line.add(100);
  line.serve(100);
  return line;
}

const near = (value: number, wanted: number, within: number) =>
  assert.ok(Math.abs(value - wanted) <= within, `${value} is not about ${wanted}`);

Deno.test("nothing is said before a rate is known, so that the first requests are not refused", () => {
  const line = new Line();
  line.add(10_000);
  assert.equal(line.expected(), 0);
  line.time.computed("text", 1, 60_000);
  assert.equal(line.expected(), 0, "a cold minibatch says nothing");
});

Deno.test("the wait of a newcomer is the work of those before it over the measured rate", () => {
  const line = warm();
  assert.equal(line.expected(), 0);
  for (let i = 0; i < 2000; i++) line.add(1);
  near(line.expected(), 2000, 20);
  line.serve(500);
  near(line.expected(), 1500, 20);
});

Deno.test("a newcomer waits for what it says, whoever comes later", () => {
  const line = warm();
  for (let i = 0; i < 1000; i++) line.add(1);
  const expected = line.expected(8);
  const began = line.now;
  const items = line.add(8);
  for (let i = 0; i < 2000; i++) {
    // Newcomers without end, twice as many as are served.
    line.add(2);
    line.serve(1);
  }
  const waited = Math.max(...items.map(({ doneAt }) => doneAt)) - began;
  near(waited, expected, 100);
});

Deno.test("at four times the rate the served are in time, the others refused at once, none of it wasted", () => {
  const line = warm();
  const maxWaitMs = 2_000;
  const bounds = new QueueBounds({ maxQueue: 1e6, maxQueueBytes: 1e9, maxWaitMs });
  const batch = 8;
  let queued = 0;
  const taken: { at: number; items: Work[] }[] = [];
  const retries: number[] = [];
  for (let ms = 0; ms < 30_000; ms++) {
    // A request of eight items every two milliseconds, where one item is served in each.
    if (ms % 2 === 0) {
      const waitMs = line.expected(batch);
      const rejection = bounds.reject(
        { items: queued, bytes: 0 },
        { items: batch, bytes: 0 },
        () => waitMs,
      );
      if (rejection) retries.push(rejection.error.retryAfterMs!);
      else {
        taken.push({ at: line.now, items: line.add(batch) });
        queued += batch;
      }
    }
    line.serve(1);
    queued--;
  }
  const done = taken.filter(({ items }) => items.every(({ doneAt }) => doneAt > 0));
  assert.ok(done.length * batch > 0.99 * (30_000 - maxWaitMs), `${done.length} requests`);
  for (const { at, items } of done) {
    const waited = Math.max(...items.map(({ doneAt }) => doneAt)) - at;
    assert.ok(waited <= maxWaitMs + 150, `waited for ${waited} ms`);
  }
  const offered = taken.length + retries.length;
  near(retries.length / offered, 0.75, 0.04);
  for (const ms of retries) assert.ok(ms > maxWaitMs && ms < maxWaitMs + 150, String(ms));
});

Deno.test("of a large request ahead only what stands before the newcomer counts", () => {
  const line = warm();
  line.add(50_000);
  // It would be served next; the last of as many would wait for them all.
  assert.ok(line.expected() <= 100, String(line.expected()));
  near(line.expected(50_000), 50_000, 500);
  line.serve(1000);
  const [small] = line.add(1);
  line.serve(100);
  assert.ok(small!.doneAt > 0, "it went between those of the large one");
});

Deno.test("the next items of a stream wait for those it has brought", () => {
  const line = warm();
  const stream = {};
  line.add(1000, stream);
  near(line.expected(1, stream), 1000, 100);
  assert.ok(line.expected(1) <= 100);
});

Deno.test("what is left of the account after all is done is nothing", () => {
  const line = warm();
  for (let i = 0; i < 500; i++) line.add(3);
  line.serve(1500);
  assert.equal(line.expected(10_000), 0);
});

Deno.test("texts are counted by what they cost, where length makes a difference", () => {
  const work = (text: string, tokens: number) => workOf({ modality: "text", text }, tokens);
  assert.equal(work("a".repeat(1000), 0), 1);
  near(work("a photograph of a small dog on the beach at dusk with a red ball", 77), 1, 0.1);
  assert.ok(work("a cat", 77) < 0.6);
  assert.equal(work("a".repeat(10_000_000), 77), work("a".repeat(1000), 77));
});
