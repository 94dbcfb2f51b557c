import assert from "node:assert/strict";
import { join } from "node:path";
import { type ConversionSource, convertCached } from "../../src/graph/conversion_cache.ts";
import type { GraphOptions } from "../../src/graph/convert.ts";
import { fileHash } from "../../src/graph/weights_hash.ts";
import { randomClip, SMALL_VIT } from "./random_clip.ts";

const OPTIONS: GraphOptions = { dtype: "fp32", target: "cpu", pixels: "uint8" };
const LONG_AGO = new Date("2024-01-01T00:00:00Z");

/** A weights file, and a source on it that counts how often it is opened. */
interface Setting {
  root: string;
  cacheRoot: string;
  weights: string;
  source: ConversionSource;
  opened: () => number;
}

async function inSetting(body: (setting: Setting) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    const weights = join(root, "weights.bin");
    await writeWeights(weights, "first");
    let opened = 0;
    const source = {
      label: "small",
      files: [weights],
      open: () => {
        opened++;
        return randomClip(SMALL_VIT);
      },
    };
    await body({ root, cacheRoot: join(root, "cache"), weights, source, opened: () => opened });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function writeWeights(path: string, content: string): Promise<void> {
  await Deno.writeTextFile(path, content);
  await Deno.utime(path, LONG_AGO, LONG_AGO);
}

Deno.test("convertCached() converts once, and then only looks the hash up", () =>
  inSetting(async ({ cacheRoot, source, opened }) => {
    const phases = new Set<string>();
    const first = await convertCached(source, {
      ...OPTIONS,
      cacheRoot,
      onProgress: (phase) => phases.add(phase),
    });
    assert.equal(first.fresh, true);
    assert.deepEqual([...phases], ["hashing", "converting"]);
    phases.clear();
    const second = await convertCached(source, {
      ...OPTIONS,
      cacheRoot,
      onProgress: (phase) => phases.add(phase),
    });
    assert.equal(second.fresh, false);
    assert.equal(second.directory, first.directory);
    assert.equal(opened(), 1);
    assert.deepEqual([...phases], []);
  }));

Deno.test("convertCached() converts again for other weights, options, or catalog facts", () =>
  inSetting(async ({ cacheRoot, source, weights, opened }) => {
    const directories = new Set<string>();
    const convert = async (changed: Partial<ConversionSource>, options: Partial<GraphOptions>) =>
      directories.add(
        (await convertCached({ ...source, ...changed }, { ...OPTIONS, ...options, cacheRoot }))
          .directory,
      );
    await convert({}, {});
    await convert({}, { dtype: "int8" });
    await convert({}, { pixels: "float32" });
    await convert({ variant: "gelu" }, {});
    await writeWeights(weights, "other content");
    await convert({}, {});
    assert.equal(directories.size, 5);
    assert.equal(opened(), 5);
  }));

Deno.test("convertCached() started many times at once converts once", () =>
  inSetting(async ({ cacheRoot, source, opened }) => {
    const models = await Promise.all(
      Array.from({ length: 4 }, () => convertCached(source, { ...OPTIONS, cacheRoot })),
    );
    assert.equal(opened(), 1);
    assert.equal(models.filter((model) => model.fresh).length, 1);
    assert.equal(new Set(models.map((model) => model.directory)).size, 1);
  }));

Deno.test("convertCached() converts again what is damaged, and sweeps unfinished work", () =>
  inSetting(async ({ cacheRoot, source, opened }) => {
    const { directory } = await convertCached(source, { ...OPTIONS, cacheRoot });
    await Deno.truncate(join(directory, "textual.onnx.data"), 100);
    const name = directory.slice(join(cacheRoot, "graphs").length + 1);
    const unfinished = join(cacheRoot, "graphs", `.${name}.unfinished-killed`);
    await Deno.mkdir(unfinished);
    await Deno.writeTextFile(join(unfinished, "textual.onnx.data"), "half");
    const again = await convertCached(source, { ...OPTIONS, cacheRoot });
    assert.equal(again.fresh, true);
    assert.equal(opened(), 2);
    await assert.rejects(Deno.stat(unfinished), Deno.errors.NotFound);
  }));

Deno.test("convertCached() leaves nothing that loads when opening fails, and tries again", () =>
  inSetting(async ({ cacheRoot, source }) => {
    const broken = {
      ...source,
      open: () => {
        throw new Error("no such tensor");
      },
    };
    await assert.rejects(convertCached(broken, { ...OPTIONS, cacheRoot }), /no such tensor/);
    assert.equal((await convertCached(source, { ...OPTIONS, cacheRoot })).fresh, true);
  }));

Deno.test("convertCached() is not held up by a process that was killed while converting", () =>
  inSetting(async ({ root, cacheRoot, source }) => {
    const { directory } = await convertCached(source, { ...OPTIONS, cacheRoot });
    await Deno.remove(directory, { recursive: true });
    const script = join(root, "holder.ts");
    const module = new URL("../../src/file_lock.ts", import.meta.url);
    await Deno.writeTextFile(
      script,
      `import { withFileLock } from ${JSON.stringify(module.href)};
       await withFileLock(Deno.args[0]!, async () => {
         await Deno.stdout.write(new TextEncoder().encode("held"));
         await new Promise((resolve) => setTimeout(resolve, 1e8));
       });`,
    );
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-config", script, `${directory}.lock`],
      stdout: "piped",
    }).spawn();
    const reader = holder.stdout.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "held");
    const phases: string[] = [];
    const waiting = Promise.withResolvers<void>();
    const converted = convertCached(source, {
      ...OPTIONS,
      cacheRoot,
      onProgress: (phase) => {
        phases.push(phase);
        if (phase === "waiting") waiting.resolve();
      },
    });
    await waiting.promise;
    await assert.rejects(Deno.stat(directory), Deno.errors.NotFound);
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    assert.equal((await converted).fresh, true);
    assert.equal(phases[0], "waiting");
  }));

Deno.test("fileHash() remembers by path, size and time, and verifies when asked", () =>
  inSetting(async ({ root, weights }) => {
    const memory = join(root, "memory");
    let read = 0;
    const hash = (verify = false) =>
      fileHash(weights, memory, { verify, onProgress: () => read++ });
    const first = await hash();
    assert.equal(read, 1);
    assert.equal(await hash(), first);
    assert.equal(read, 1);
    // The same size and time: only verifying can tell.
    const inode = (await Deno.stat(weights)).ino;
    await writeWeights(weights, "FIRST");
    assert.equal((await Deno.stat(weights)).ino, inode);
    assert.equal(await hash(), first);
    const verified = await hash(true);
    assert.notEqual(verified, first);
    assert.equal(await hash(), verified);
    await writeWeights(weights, "longer than before");
    assert.notEqual(await hash(), verified);
  }));

Deno.test("fileHash() does not remember a file that was written a moment ago", () =>
  inSetting(async ({ root, weights }) => {
    // A moment that does not pass while a busy machine takes its time.
    const written = new Date(Date.now() + 600_000);
    await Deno.writeTextFile(weights, "being written");
    await Deno.utime(weights, written, written);
    const memory = join(root, "memory");
    const before = await fileHash(weights, memory);
    await Deno.writeTextFile(weights, "BEING WRITTEN");
    await Deno.utime(weights, written, written);
    assert.notEqual(await fileHash(weights, memory), before);
  }));
