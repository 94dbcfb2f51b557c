import assert from "node:assert/strict";
import { join } from "node:path";
import { ClipError } from "../src/errors.ts";
import { tryFileLock, withFileLock } from "../src/file_lock.ts";

const HOLDER = new URL("./file_lock_child.ts", import.meta.url).pathname;
const COUNTER = new URL("./workers/lock_counter.ts", import.meta.url);

/** Runs `body` with the path of a lock in a folder of its own, in which nothing may be left. */
async function inFolder(body: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "clipline-lock-" });
  try {
    await body(join(folder, "a.lock"));
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Holds the lock until the returned function is called, which resolves when it is let go of. */
async function hold(path: string): Promise<() => Promise<void>> {
  const [held, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holding = withFileLock(path, () => {
    held.resolve();
    return release.promise;
  });
  await held.promise;
  return () => {
    release.resolve();
    return holding;
  };
}

Deno.test("withFileLock() lets one in at a time and leaves no file", () =>
  inFolder(async (path) => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 5 }, () =>
        withFileLock(path, async (alone) => {
          assert.equal(alone, true);
          most = Math.max(most, ++inside);
          await Deno.stat(path);
          inside--;
        })),
    );
    assert.equal(most, 1);
  }));

Deno.test("withFileLock() lets one thread in at a time", () =>
  inFolder(async (path) => {
    const [threads, rounds] = [3, 40];
    const counter = new SharedArrayBuffer(4);
    await Promise.all(
      Array.from({ length: threads }, async () => {
        const thread = new Worker(COUNTER, { type: "module" });
        const done = Promise.withResolvers<void>();
        thread.onmessage = () => done.resolve();
        thread.onerror = (event) => done.reject(new Error(event.message));
        thread.postMessage({ path, counter, rounds });
        await done.promise;
        thread.terminate();
      }),
    );
    assert.equal(new Int32Array(counter)[0], threads * rounds);
  }));

Deno.test("withFileLock() tells who holds it, and is free as soon as that process is killed", () =>
  inFolder(async (path) => {
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", HOLDER, path],
      stdout: "piped",
    }).spawn();
    const reader = holder.stdout.getReader();
    await reader.read();
    assert.equal(await tryFileLock(path, () => Promise.resolve("free")), undefined);
    const owners: (number | undefined)[] = [];
    await withFileLock(path, async () => {}, {
      onWait(owner) {
        owners.push(owner);
        holder.kill("SIGKILL");
      },
    });
    assert.deepEqual(owners, [holder.pid]);
    await reader.cancel();
    await holder.status;
  }));

Deno.test("withFileLock() lets go when its work fails", () =>
  inFolder(async (path) => {
    const options = { onWait: () => assert.fail("still held") };
    const broken = () => Promise.reject(new Error("broken"));
    await assert.rejects(withFileLock(path, broken, options), /broken/);
    assert.equal(await withFileLock(path, () => Promise.resolve(7), options), 7);
  }));

Deno.test("withFileLock() stops waiting when it is told to, with the signal's reason", () =>
  inFolder(async (path) => {
    const release = await hold(path);
    const [controller, reason] = [new AbortController(), new Error("enough")];
    const never = () => assert.fail("not free");
    const options = { signal: controller.signal, onWait: () => controller.abort(reason) };
    await assert.rejects(withFileLock(path, never, options), reason);
    await release();
    // Aborted before: not even a free one is taken.
    await assert.rejects(withFileLock(path, never, { signal: controller.signal }), reason);
    assert.equal(await withFileLock(path, () => Promise.resolve(7)), 7);
  }));

Deno.test("tryFileLock() takes a free lock, and answers undefined at a held one", () =>
  inFolder(async (path) => {
    const release = await hold(path);
    assert.equal(await tryFileLock(path, () => Promise.resolve(7)), undefined);
    assert.equal((await Deno.stat(path)).isFile, true);
    await release();
    assert.equal(await tryFileLock(path, () => Promise.resolve(7)), 7);
  }));

Deno.test("withFileLock() leaves alone a file that is another holder's by now", () =>
  inFolder(async (path) => {
    const first = await hold(path);
    // As somebody does who clears the cache meanwhile.
    await Deno.remove(path);
    const second = await hold(path);
    await first();
    assert.equal(await tryFileLock(path, () => Promise.resolve("free")), undefined);
    await second();
  }));

Deno.test("withFileLock() makes the folders above the file", () =>
  inFolder(async (path) => {
    const deep = join(path, "b", "c.lock");
    assert.equal(await withFileLock(deep, async () => (await Deno.stat(deep)).isFile), true);
    await Deno.remove(path, { recursive: true });
  }));

Deno.test("withFileLock() says that the cache cannot be written to", () =>
  inFolder(async (path) => {
    await Deno.writeTextFile(path, "a file, no folder");
    await assert.rejects(
      withFileLock(join(path, "b.lock"), async () => {}),
      (error) =>
        error instanceof ClipError && error.kind === "model" &&
        /Cannot write to the cache folder .*CLIPLINE_CACHE/.test(error.message),
    );
    await Deno.remove(path);
  }));

Deno.test("where the file system has no locks work goes on, and is told that it is not alone", () =>
  inFolder(async (path) => {
    const { tryLock } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.tryLock = () =>
      Promise.reject(Object.assign(new Error("No locks available"), { code: "ENOLCK" }));
    try {
      const both = () =>
        withFileLock(
          path,
          (alone) => tryFileLock(path, (inner) => Promise.resolve([alone, inner])),
        );
      assert.deepEqual(await both(), [false, false]);
    } finally {
      Deno.FsFile.prototype.tryLock = tryLock;
    }
  }));
