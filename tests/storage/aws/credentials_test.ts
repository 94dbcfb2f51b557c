import assert from "node:assert/strict";
import { CredentialCache, type FoundCredentials } from "../../../src/storage/aws/credentials.ts";

const MINUTE = 60_000;

function found(accessKeyId: string, expiresAt?: number): FoundCredentials {
  const credentials = { accessKeyId, secretAccessKey: "s" };
  return {
    credentials: expiresAt === undefined ? credentials : { ...credentials, expiresAt },
    source: "a test",
  };
}

/** A cache whose credentials hold for an hour, and its clock. */
function world() {
  let asked = 0;
  const state = { now: 0, fails: false, asked: () => asked };
  const cache = new CredentialCache(async () => {
    asked++;
    await Promise.resolve();
    if (state.fails) throw new Error("nobody gives any");
    return found(`key ${asked}`, state.now + 60 * MINUTE);
  }, () => state.now);
  return { state, cache };
}

async function keyOf(cache: CredentialCache): Promise<string | undefined> {
  return (await cache.get())?.credentials.accessKeyId;
}

Deno.test("those that many need at once are asked for once, and kept", async () => {
  const { state, cache } = world();
  const keys = await Promise.all([keyOf(cache), keyOf(cache), keyOf(cache)]);
  assert.deepEqual(keys, ["key 1", "key 1", "key 1"]);
  state.now = 54 * MINUTE;
  assert.equal(await keyOf(cache), "key 1");
  assert.equal(state.asked(), 1);
});

Deno.test("they are asked for anew before they end", async () => {
  const { state, cache } = world();
  await cache.get();
  state.now = 56 * MINUTE;
  assert.equal(await keyOf(cache), "key 2");
});

Deno.test("where nobody gives new ones, the old ones are used as long as they hold", async () => {
  const { state, cache } = world();
  await cache.get();
  state.fails = true;
  state.now = 56 * MINUTE;
  assert.equal(await keyOf(cache), "key 1");
  assert.equal(await keyOf(cache), "key 1");
  assert.equal(state.asked(), 2, "it is not asked for with every request");
  state.now = 61 * MINUTE;
  await assert.rejects(cache.get(), /nobody gives any/);
});

Deno.test("those that hold for a moment only are not asked for with every request", async () => {
  let asked = 0;
  let now = 0;
  const cache = new CredentialCache(async () => {
    await Promise.resolve();
    return found(`key ${++asked}`, now + 2 * MINUTE);
  }, () => now);
  for (let i = 0; i < 5; i++) await cache.get();
  assert.equal(asked, 2);
  now = MINUTE;
  await cache.get();
  assert.equal(asked, 3);
});

Deno.test("who had credentials does not become nobody", async () => {
  let there: FoundCredentials | undefined = found("a", 60 * MINUTE);
  let now = 0;
  const cache = new CredentialCache(() => Promise.resolve(there), () => now);
  await cache.get();
  there = undefined;
  now = 56 * MINUTE;
  assert.equal(await keyOf(cache), "a");
  now = 61 * MINUTE;
  await assert.rejects(cache.get(), {
    kind: "unavailable",
    message: "The credentials from a test come to an end, and there are no new ones",
  });
  there = found("b");
  assert.equal(await keyOf(cache), "b");
});

Deno.test("others are looked for in place of those that the store does not take any more", async () => {
  const { cache } = world();
  const used = await cache.get();
  assert.deepEqual(await Promise.all([cache.renew(used), cache.renew(used)]), [true, true]);
  assert.equal(await keyOf(cache), "key 2");
  assert.ok(await cache.renew(used), "another request was quicker");
  assert.equal(await keyOf(cache), "key 2");
  const lasting = new CredentialCache(() => Promise.resolve(found("a")));
  assert.ok(!await lasting.renew(await lasting.get()));
});
