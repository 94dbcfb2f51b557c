import assert from "node:assert/strict";
import { ObjectAccess } from "../../../../src/bulk/inputs/places/object_access.ts";

const CONTENT = new Uint8Array(1 << 20).map((_, i) => i * 31 + (i >> 8));

/** An object, and what is asked of it. */
function object(before: () => Promise<void> = () => Promise.resolve()) {
  const asked: [number, number][] = [];
  const access = new ObjectAccess(CONTENT.length, async (start, end) => {
    asked.push([start, end]);
    await before();
    return CONTENT.slice(start, end);
  });
  return { access, asked };
}

async function check(access: ObjectAccess, start: number, end?: number): Promise<void> {
  assert.deepEqual(new Uint8Array(await access.slice(start, end)), CONTENT.slice(start, end));
}

Deno.test("bytes come from where they are asked for", async () => {
  const { access } = object();
  await check(access, 5, 9);
  await check(access, 7, 7);
  await check(access, CONTENT.length - 8);
  await check(access, 100_000, 900_000);
});

Deno.test("small pieces that stand close together are one request", async () => {
  const { access, asked } = object();
  for (let at = 0; at < 60_000; at += 5_000) await check(access, at, at + 20);
  assert.deepEqual(asked, [[0, 65_536]]);
  await check(access, 65_530, 65_540);
  assert.equal(asked.length, 2);
});

Deno.test("many are asked for at a time, and not too many", async () => {
  let asking = 0;
  let most = 0;
  const { access } = object(async () => {
    most = Math.max(most, ++asking);
    await new Promise((resolve) => setTimeout(resolve));
    asking--;
  });
  await Promise.all(Array.from({ length: 30 }, (_, i) => check(access, i, 500_000 + i)));
  assert.equal(most, 8);
});

Deno.test("what failed is asked for again, and what is not there is refused", async () => {
  let fails = true;
  const { access } = object(() => fails ? Promise.reject(new Error("gone")) : Promise.resolve());
  await assert.rejects(access.slice(0, 8), /gone/);
  fails = false;
  await check(access, 0, 8);
  for (const [start, end] of [[-1, 5], [5, 4], [0, CONTENT.length + 1], [0.5, 2]]) {
    await assert.rejects(access.slice(start!, end), /it names bytes/);
  }
});
