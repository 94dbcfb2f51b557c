import assert from "node:assert/strict";
import { handOut } from "../../src/dispatch/hand_out.ts";

/** A replica that keeps what it is given. */
class Keeping {
  readonly batches: string[] = [];

  constructor(...batches: string[]) {
    this.batches.push(...batches);
  }

  get load(): number {
    return this.batches.length;
  }

  takeBack(): string | undefined {
    return this.batches.length > 1 ? this.batches.pop() : undefined;
  }
}

/** Hands out `full` minibatches, and one that is not. */
function give(takers: readonly Keeping[], waiting: string[], full: string[] = []): void {
  handOut<string, Keeping>(takers, {
    offer(taker, ahead) {
      const batch = full.shift() ?? (ahead ? undefined : waiting.shift());
      if (batch) taker.batches.push(batch);
    },
    relieve: (idle, batch) => idle.batches.push(batch),
  });
}

Deno.test("an idle one is given what there is, a busy one only what is full", () => {
  const [idle, busy] = [new Keeping(), new Keeping("a")];
  give([busy, idle], ["few", "more"]);
  assert.deepEqual([busy.batches, idle.batches], [["a"], ["few"]]);
  give([busy, idle], [], ["full"]);
  assert.deepEqual([busy.batches, idle.batches], [["a", "full"], ["few"]]);
});

Deno.test("the idle come before those that are given something ahead of time", () => {
  const [busy, idle] = [new Keeping("a"), new Keeping()];
  give([busy, idle], [], ["full"]);
  assert.deepEqual([busy.batches, idle.batches], [["a"], ["full"]]);
});

Deno.test("an idle one that is given nothing relieves another of what waits there", () => {
  const [busy, idle] = [new Keeping("a", "b"), new Keeping()];
  give([busy, idle], []);
  assert.deepEqual([busy.batches, idle.batches], [["a"], ["b"]]);
});

Deno.test("nobody has more than two", () => {
  const busy = new Keeping("a", "b");
  give([busy], ["c"], ["d"]);
  assert.deepEqual(busy.batches, ["a", "b"]);
});
