import assert from "node:assert/strict";
import fc from "fast-check";
import { withDeadline } from "../src/deadline.ts";
import { ClipError } from "../src/errors.ts";
import { Turns } from "../src/turns.ts";

/** So many places at one time, as whoever uses `Turns` writes it. */
class Places {
  readonly turns = new Turns();
  inside = 0;

  constructor(readonly limit: number) {}

  enter(signal?: AbortSignal): Promise<() => void> {
    return this.turns.wait(() => this.inside < this.limit ? this.#enter() : undefined, signal);
  }

  #enter(): () => void {
    this.inside++;
    return () => {
      this.inside--;
      this.turns.proceed();
    };
  }
}

/** Lets everything that can go on do so. */
const rest = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("Turns lets in as many as there are places, in the order of their coming", async () => {
  const places = new Places(2);
  const order: number[] = [];
  const leave: (() => void)[] = [];
  const all = Array.from({ length: 6 }, async (_, i) => {
    leave.push(await places.enter());
    order.push(i);
    assert.ok(places.inside <= 2);
  });
  await rest();
  assert.deepEqual([order.length, places.turns.length], [2, 4]);
  // Two places come free at one moment.
  leave[0]!();
  leave[1]!();
  await rest();
  assert.deepEqual([order.length, places.inside], [4, 2]);
  leave[2]!();
  await rest();
  leave[3]!();
  await Promise.all(all);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
  assert.equal(places.turns.length, 0);
});

Deno.test("Turns takes at once when nobody waits, and lets nobody overtake who does", async () => {
  const places = new Places(1);
  const order: string[] = [];
  const enter = async (name: string) => {
    const leave = await places.enter();
    order.push(name);
    return leave;
  };
  const entered = enter("a");
  assert.equal(places.inside, 1);
  const leave = await entered;
  const second = enter("b");
  leave();
  // The place is free, and `b` has not been called up yet.
  const third = enter("c");
  (await second)();
  (await third)();
  assert.deepEqual(order, ["a", "b", "c"]);
});

Deno.test("a waiter leaves the line the moment its signal fires, with the signal's reason", async () => {
  const places = new Places(1);
  const leave = await places.enter();
  const controllers = [0, 1, 2].map(() => new AbortController());
  const waiting = controllers.map(({ signal }) => places.enter(signal));
  const gone = new ClipError("cancelled", "The client went away");
  controllers[1]!.abort(gone);
  assert.equal(places.turns.length, 2);
  await assert.rejects(waiting[1]!, gone);
  leave();
  const next = await waiting[0]!;
  controllers[0]!.abort(gone);
  next();
  (await waiting[2]!)();
  assert.equal(places.inside, 0);
  await assert.rejects(places.enter(AbortSignal.abort(gone)), gone);
  assert.equal(places.inside, 0);
});

Deno.test("those behind go on when the first, who could not, leaves", async () => {
  const turns = new Turns();
  const free = 3;
  const controller = new AbortController();
  const large = turns.wait(() => free >= 5 ? "large" : undefined, controller.signal);
  const small = turns.wait(() => free >= 2 ? "small" : undefined);
  turns.proceed();
  await rest();
  assert.equal(turns.length, 2);
  controller.abort(new Error("enough"));
  await assert.rejects(large, /enough/);
  assert.equal(await small, "small");
});

Deno.test("a deadline ends the waiting", async () => {
  const places = new Places(1);
  const leave = await places.enter();
  const late = new ClipError("deadline", "No turn came in time");
  const deadline = withDeadline(new AbortController().signal, 1, () => late);
  await assert.rejects(places.enter(deadline.signal), late);
  deadline.clear();
  assert.equal(places.turns.length, 0);
  leave();
});

Deno.test("what a waiter's condition throws is thrown to it alone", async () => {
  const turns = new Turns();
  let open = false;
  const broken = turns.wait(() => {
    if (open) throw new Error("broken");
    return undefined;
  });
  const sound = turns.wait(() => open ? Promise.resolve("sound") : undefined);
  open = true;
  turns.proceed();
  await assert.rejects(broken, /broken/);
  assert.equal(await sound, "sound");
});

Deno.test("who cannot go on is asked once for any number of changes, and those behind not", async () => {
  const turns = new Turns();
  const asked = [0, 0, 0];
  const controller = new AbortController();
  const waiting = asked.map((_, i) =>
    turns.wait(() => {
      asked[i]!++;
      return undefined;
    }, controller.signal)
  );
  // The first was asked as it came.
  assert.deepEqual(asked, [1, 0, 0]);
  for (let i = 0; i < 1000; i++) turns.proceed();
  await rest();
  assert.deepEqual(asked, [2, 0, 0]);
  controller.abort(new Error("done"));
  for (const each of waiting) await assert.rejects(each, /done/);
});

Deno.test("whoever comes, goes on and leaves, the line stays in order and loses nobody", async () => {
  const commands = fc.array(
    fc.record({ what: fc.constantFrom("come", "go", "leave"), at: fc.nat() }),
    {
      maxLength: 60,
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), commands, async (limit, commands) => {
      const places = new Places(limit);
      const controllers: AbortController[] = [];
      /** What a line without any cleverness would hold. */
      const model = { waiting: [] as number[], inside: [] as number[] };
      const leave = new Map<number, () => void>();
      const fill = () => {
        while (model.inside.length < limit && model.waiting.length > 0) {
          model.inside.push(model.waiting.shift()!);
        }
      };
      for (const { what, at } of commands) {
        if (what === "come") {
          const id = controllers.push(new AbortController()) - 1;
          model.waiting.push(id);
          places.enter(controllers[id]!.signal).then((out) => leave.set(id, out), () => {});
        } else if (what === "go" && model.inside.length > 0) {
          const [id] = model.inside.splice(at % model.inside.length, 1);
          leave.get(id!)!();
          leave.delete(id!);
        } else if (what === "leave" && model.waiting.length > 0) {
          const [id] = model.waiting.splice(at % model.waiting.length, 1);
          controllers[id!]!.abort();
        }
        fill();
        await rest();
        assert.deepEqual([...leave.keys()].sort(), [...model.inside].sort());
        assert.equal(places.turns.length, model.waiting.length);
      }
    }),
    { numRuns: 40 },
  );
});
