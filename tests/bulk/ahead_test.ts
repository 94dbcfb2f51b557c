import assert from "node:assert/strict";
import { mapAhead } from "../../src/bulk/ahead.ts";

async function* numbers(count: number) {
  for (let i = 0; i < count; i++) yield await Promise.resolve(i);
}

Deno.test("mapAhead() gives what came of each in their order, whichever ends first", async () => {
  const waits = [30, 0, 10, 0, 20, 0];
  const work = async (i: number) => {
    await new Promise((resolve) => setTimeout(resolve, waits[i]));
    return i * 10;
  };
  assert.deepEqual(await Array.fromAsync(mapAhead(numbers(6), 3, work)), [0, 10, 20, 30, 40, 50]);
  assert.deepEqual(await Array.fromAsync(mapAhead(numbers(0), 3, work)), []);
});

Deno.test("mapAhead() works for so many at a time, and no further ahead of who reads", async () => {
  let working = 0;
  let most = 0;
  let begun = 0;
  const work = async (i: number) => {
    begun++;
    most = Math.max(most, ++working);
    await new Promise((resolve) => setTimeout(resolve));
    working--;
    return i;
  };
  for await (const i of mapAhead(numbers(40), 5, work)) {
    assert.ok(begun <= i + 6, `${begun} at ${i}`);
  }
  assert.equal(most, 5);
});

Deno.test("mapAhead() gives what is ready though its source gives nothing more", async () => {
  async function* silent() {
    yield 1;
    await new Promise(() => {});
  }
  const mapped = mapAhead(silent(), 4, (i) => Promise.resolve(i));
  assert.deepEqual(await mapped.next(), { done: false, value: 1 });
});

Deno.test("mapAhead() throws what is thrown after what came before it", async () => {
  async function* failing() {
    yield* numbers(3);
    throw new Error("no more");
  }
  const read = async (mapped: AsyncIterable<number>) => {
    const got: number[] = [];
    try {
      for await (const one of mapped) got.push(one);
    } catch (thrown) {
      return [...got, (thrown as Error).message];
    }
    return got;
  };
  const same = (i: number) => Promise.resolve(i);
  assert.deepEqual(await read(mapAhead(failing(), 8, same)), [0, 1, 2, "no more"]);
  const bad = (i: number) => i === 2 ? Promise.reject(new Error("bad")) : Promise.resolve(i);
  assert.deepEqual(await read(mapAhead(numbers(9), 8, bad)), [0, 1, "bad"]);
});
