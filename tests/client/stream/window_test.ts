import assert from "node:assert/strict";
import { inWindow, type WindowOptions } from "../../../client/stream/window.ts";

const NEVER = new AbortController().signal;

/** Work whose pieces end when a test says so. */
class Held {
  next = 0;
  readonly done = new Map<number, (value: number) => void>();
  readonly failed = new Map<number, (reason: unknown) => void>();
  #began = () => {};

  constructor(readonly count: number, readonly bytes = 1) {}

  work = {
    next: () => Promise.resolve(this.next < this.count ? this.next++ : undefined),
    weigh: () => this.bytes,
    run: (n: number) =>
      new Promise<number>((resolve, reject) => {
        this.done.set(n, resolve);
        this.failed.set(n, reject);
        this.#began();
      }),
  };

  async begun(count: number): Promise<void> {
    while (this.done.size < count) await new Promise<void>((resolve) => this.#began = resolve);
  }
}

const options = (given: Partial<WindowOptions>): WindowOptions => ({
  prefetch: 3,
  maxBytes: Infinity,
  ordered: true,
  ...given,
});

Deno.test("no more is begun than the window has room for, taken or not", async () => {
  const held = new Held(10);
  const results = inWindow(held.work, options({ prefetch: 3 }), NEVER);
  const first = results.next();
  await held.begun(3);
  held.done.get(1)!(1);
  held.done.get(2)!(2);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(held.next, 3);
  held.done.get(0)!(0);
  assert.deepEqual(await first, { done: false, value: 0 });
  await held.begun(4);
  assert.equal(held.next, 4);
  await results.return();
});

Deno.test("results come in order, or as they are done", async () => {
  for (const ordered of [true, false]) {
    const held = new Held(3);
    const results = inWindow(held.work, options({ ordered }), NEVER);
    const seen: number[] = [];
    const all = (async () => {
      for await (const result of results) seen.push(result);
    })();
    await held.begun(3);
    for (const n of [2, 0, 1]) {
      held.done.get(n)!(n);
      await new Promise((resolve) => setTimeout(resolve));
    }
    await all;
    assert.deepEqual(seen, ordered ? [0, 1, 2] : [2, 0, 1]);
  }
});

Deno.test("bytes bound what is begun; one batch alone may be larger", async () => {
  const held = new Held(3, 100);
  const results = inWindow(held.work, options({ maxBytes: 50 }), NEVER);
  const first = results.next();
  await held.begun(1);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(held.done.size, 1);
  held.done.get(0)!(0);
  assert.equal((await first).value, 0);
  await held.begun(2);
  await results.return();
});

Deno.test("a failure comes behind the results before it", async () => {
  const held = new Held(3);
  const reason = new Error("no");
  const results = inWindow(held.work, options({}), NEVER);
  const first = results.next();
  await held.begun(3);
  held.failed.get(1)!(reason);
  await new Promise((resolve) => setTimeout(resolve));
  held.done.get(0)!(0);
  assert.equal((await first).value, 0);
  await assert.rejects(results.next(), (thrown) => thrown === reason);
});

Deno.test("a signal ends the wait for results at once", async () => {
  const held = new Held(3);
  const controller = new AbortController();
  const reason = new Error("enough");
  const results = inWindow(held.work, options({}), controller.signal);
  const first = results.next();
  await held.begun(3);
  controller.abort(reason);
  await assert.rejects(first, (thrown) => thrown === reason);
});
