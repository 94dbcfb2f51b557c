import assert from "node:assert/strict";
import { join } from "node:path";
import { type ModelFiles, openModel } from "../../src/runtime/model.ts";
import { type OptimizedModel, optimizeModel } from "../../src/runtime/optimized_graph.ts";
import { pruneOptimized } from "../../src/runtime/prune_optimized.ts";
import { fixtureFiles } from "../support/onnx_model.ts";

const CPU = { providers: [{ name: "cpu" }], threads: 1 } as const;

/** A copy of the fixture, with a cache of its own. */
async function workplace() {
  const root = await Deno.makeTempDir();
  const fixture = await fixtureFiles("rn-a");
  const files: ModelFiles = {
    ...fixture,
    textual: join(root, "textual.onnx"),
    visual: join(root, "visual.onnx"),
  };
  await Deno.copyFile(fixture.textual, files.textual);
  await Deno.copyFile(fixture.visual, files.visual);
  return { root, files, options: { ...CPU, config: {}, cacheRoot: join(root, "cache") } };
}

function kept(result: OptimizedModel): { files: ModelFiles; fresh: boolean } {
  assert.ok("files" in result, JSON.stringify(result));
  return result;
}

async function embed(model: ModelFiles): Promise<Float32Array> {
  const opened = await openModel({ ...CPU, model });
  const ids = Int32Array.from({ length: 77 }, (_, i) => i === 8 ? 49_407 : 300 + i);
  const text = await opened.embedTexts(ids, [0], [9]);
  const image = await opened.embedImages(
    new Float32Array(3 * opened.shape.imageSize ** 2).fill(0.3),
    [0],
  );
  await opened.release();
  return Float32Array.from([...text.data, ...image.data]);
}

Deno.test("optimizeModel() keeps optimised graphs that embed the same, and finds them again", async () => {
  const { root, files, options } = await workplace();
  try {
    const first = kept(await optimizeModel(files, options));
    assert.equal(first.fresh, true);
    assert.equal(first.files.alreadyOptimized, true);
    const second = kept(await optimizeModel(files, { ...options, threads: 2 } as never));
    assert.equal(second.fresh, false, "the number of threads does not matter");
    assert.equal(second.files.textual, first.files.textual);
    const [wanted, found] = [await embed(files), await embed(second.files)];
    found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-5));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("optimizeModel() optimises anew for other files and other options", async () => {
  const { root, files, options } = await workplace();
  try {
    const first = kept(await optimizeModel(files, options));
    const config = { "session.disable_prepacking": "1" };
    const other = kept(await optimizeModel(files, { ...options, config }));
    assert.notEqual(other.files.textual, first.files.textual);
    await Deno.utime(files.visual, 1, 1);
    const touched = kept(await optimizeModel(files, options));
    assert.equal(touched.fresh, true);
    assert.notEqual(touched.files.textual, first.files.textual);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("optimizeModel() clears away what a killed process left", async () => {
  const { root, files, options } = await workplace();
  try {
    const { files: found } = kept(await optimizeModel(files, options));
    const directory = join(found.textual, "..");
    await Deno.rename(directory, `${directory}.part`);
    await Deno.writeTextFile(join(`${directory}.part`, "visual.onnx"), "cut off");
    const again = kept(await optimizeModel(files, options));
    assert.equal(again.fresh, true);
    await embed(again.files);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("optimizeModel() says why where nothing can be kept", async () => {
  const { root, files, options } = await workplace();
  try {
    const tensorrt = await optimizeModel(files, {
      ...options,
      providers: [{ name: "tensorrt", deviceId: 0 }],
    });
    assert.match((tensorrt as { unchanged: string }).unchanged, /TensorRT/);
    await Deno.writeTextFile(files.visual, "not a graph");
    const broken = await optimizeModel(files, options);
    assert.match((broken as { unchanged: string }).unchanged, /visual\.onnx/);
    assert.deepEqual([...Deno.readDirSync(join(options.cacheRoot, "optimized"))], []);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("pruneOptimized() removes what no start will use, and leaves the rest", async () => {
  const { root, files, options } = await workplace();
  try {
    const { files: good } = kept(await optimizeModel(files, options));
    const directory = join(good.textual, "..");
    assert.deepEqual(await pruneOptimized(options.cacheRoot), []);
    await Deno.mkdir(`${directory}.part`);
    const [unfinished, ...others] = await pruneOptimized(options.cacheRoot);
    assert.equal(unfinished!.reason, "never finished");
    assert.deepEqual(others, []);

    const origin = join(directory, "origin.json");
    const text = await Deno.readTextFile(origin);
    await Deno.writeTextFile(origin, text.replace(/"runtime":"[^"]*"/, '"runtime":"1.0.0"'));
    const [old] = await pruneOptimized(options.cacheRoot);
    assert.equal(old!.reason, "made by ONNX Runtime 1.0.0");
    assert.ok(old!.removed && old!.bytes > 1000);
    assert.equal(kept(await optimizeModel(files, options)).fresh, true);

    await Deno.remove(files.textual);
    await Deno.remove(files.visual);
    assert.deepEqual(await pruneOptimized(options.cacheRoot), []);
    const [still] = await pruneOptimized(options.cacheRoot, { all: true });
    assert.equal(still!.reason, "still good");
    assert.deepEqual(await pruneOptimized(options.cacheRoot, { all: true }), []);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
