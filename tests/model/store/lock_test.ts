import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../src/model/store/clock.ts";
import { withFileLock } from "../../../src/model/store/lock.ts";
import { TemporaryStore } from "./fakes.ts";

const HOLDER = `
  const file = await Deno.open(Deno.args[0], { read: true, write: true, create: true });
  await file.lock(true);
  await file.write(new TextEncoder().encode(Deno.pid + "\\n"));
  console.log("held");
  setInterval(() => {}, 1_000_000);
`;

Deno.test("withFileLock() lets one in at a time and leaves no file", async () => {
  await using store = new TemporaryStore();
  const path = join(store.root, "a.lock");
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 5 }, () =>
      withFileLock(path, { clock: systemClock }, async () => {
        inside++;
        most = Math.max(most, inside);
        await Deno.stat(path);
        inside--;
      })),
  );
  assert.equal(most, 1);
  assert.deepEqual(await store.files(), []);
});

Deno.test("withFileLock() is free as soon as its holder is killed", async () => {
  await using store = new TemporaryStore();
  const path = join(store.root, "a.lock");
  const holder = new Deno.Command(Deno.execPath(), {
    args: ["eval", HOLDER, path],
    stdout: "piped",
  }).spawn();
  const reader = holder.stdout.getReader();
  await reader.read();
  const owners: (number | undefined)[] = [];
  await withFileLock(path, {
    clock: systemClock,
    onWait(owner) {
      owners.push(owner);
      holder.kill("SIGKILL");
    },
  }, async () => {});
  assert.deepEqual(owners, [holder.pid]);
  await reader.cancel();
  await holder.status;
});

Deno.test("withFileLock() lets go when its work fails", async () => {
  await using store = new TemporaryStore();
  const path = join(store.root, "a.lock");
  const options = { clock: systemClock, onWait: () => assert.fail("still held") };
  await assert.rejects(
    withFileLock(path, options, () => Promise.reject(new Error("broken"))),
    /broken/,
  );
  assert.equal(await withFileLock(path, options, () => Promise.resolve(7)), 7);
});

Deno.test("withFileLock() says that the cache cannot be written to", async () => {
  await using store = new TemporaryStore();
  await assert.rejects(
    withFileLock(join(store.root, "none", "a.lock"), { clock: systemClock }, async () => {}),
    /Cannot write to the cache at .*CLIPLINE_CACHE/,
  );
});
