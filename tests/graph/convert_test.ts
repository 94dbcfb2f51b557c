import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { convertCheckpoint, type ConvertOptions } from "../../src/graph/convert.ts";
import { GraphBuilder } from "../../src/graph/graph_builder.ts";
import { readManifest } from "../../src/graph/manifest.ts";
import { layOut, WEIGHT_ALIGNMENT_BYTES } from "../../src/graph/model_file.ts";
import { ClipError } from "../../src/errors.ts";
import { randomClip, SMALL_RESNET, SMALL_VIT } from "./random_clip.ts";

const OPTIONS: ConvertOptions = { dtype: "fp32", target: "cpu", pixels: "uint8" };

async function inTemporary(body: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await body(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function hashes(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of [...Deno.readDirSync(directory)].map((entry) => entry.name).sort()) {
    const bytes = await Deno.readFile(join(directory, name));
    found[name] = createHash("sha256").update(bytes).digest("hex");
  }
  return found;
}

for (const dtype of ["fp32", "fp16", "int8"] as const) {
  Deno.test(`convertCheckpoint() writes the same ${dtype} files from the same weights`, () =>
    inTemporary(async (root) => {
      for (const name of ["one", "two"]) {
        await convertCheckpoint(randomClip(SMALL_RESNET), join(root, name), { ...OPTIONS, dtype });
      }
      const one = await hashes(join(root, "one"));
      assert.deepEqual(Object.keys(one), [
        "clipline.json",
        "textual.onnx",
        "textual.onnx.data",
        "visual.onnx",
        "visual.onnx.data",
      ]);
      assert.deepEqual(await hashes(join(root, "two")), one);
      await convertCheckpoint(randomClip(SMALL_RESNET, 2), join(root, "other"), {
        ...OPTIONS,
        dtype,
      });
      const other = await hashes(join(root, "other"));
      assert.notEqual(other["visual.onnx.data"], one["visual.onnx.data"]);
    }));
}

Deno.test("convertCheckpoint() halves the weights' size with fp16", () =>
  inTemporary(async (root) => {
    const state = randomClip(SMALL_VIT);
    const size = async (dtype: "fp32" | "fp16") => {
      const directory = join(root, dtype);
      // Weights are aligned to pages, which hides much in a small model: sum the tensors.
      let bytes = 0;
      await convertCheckpoint(state, directory, {
        ...OPTIONS,
        dtype,
        onProgress: (_, total) => bytes = total,
      });
      return bytes;
    };
    const ratio = await size("fp16") / await size("fp32");
    assert.ok(ratio < 0.65, `ratio ${ratio}`);
  }));

Deno.test("convertCheckpoint() describes the model in its manifest", () =>
  inTemporary(async (root) => {
    const directory = join(root, "model");
    const state = randomClip(SMALL_VIT);
    const sha256 = "a".repeat(64);
    await convertCheckpoint(state, directory, { ...OPTIONS, source: { label: "ours", sha256 } });
    const manifest = await readManifest(directory);
    assert.deepEqual(manifest.architecture, structuredClone(SMALL_VIT));
    assert.deepEqual(manifest.source, { label: "ours", sha256 });
    assert.equal(manifest.pixels, "uint8");
    assert.ok(Math.abs(manifest.logitScale! - 4.6) < 1e-6);
    let count = 0;
    for (const tensor of state.tensors.values()) count += tensor.read().length;
    assert.equal(manifest.parameterCount, count);
  }));

Deno.test("convertCheckpoint() counts its progress up to the end, and lets the event loop turn", () =>
  inTemporary(async (root) => {
    const seen: [number, number][] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await convertCheckpoint(randomClip(SMALL_VIT), join(root, "model"), {
      ...OPTIONS,
      onProgress: (done, total) => seen.push([done, total]),
    });
    clearInterval(timer);
    assert.ok(turns > 0);
    assert.ok(seen.length > 10);
    const [done, total] = seen.at(-1)!;
    assert.equal(done, total);
    assert.ok(seen.every(([at, all], i) => all === total && (i === 0 || at >= seen[i - 1]![0])));
  }));

Deno.test("convertCheckpoint() leaves nothing behind when a tensor cannot be read", () =>
  inTemporary(async (root) => {
    const state = randomClip(SMALL_VIT);
    const tensors = new Map(state.tensors);
    const proj = tensors.get("visual.proj")!;
    tensors.set("visual.proj", {
      ...proj,
      read: () => {
        throw new ClipError("model", "Truncated");
      },
    });
    await assert.rejects(
      convertCheckpoint({ ...state, tensors }, join(root, "model"), OPTIONS),
      (error) => error instanceof ClipError && error.message === "Truncated",
    );
    assert.deepEqual([...Deno.readDirSync(root)], []);
  }));

Deno.test("convertCheckpoint() puts a new model in the place of an old one", () =>
  inTemporary(async (root) => {
    const directory = join(root, "model");
    await convertCheckpoint(randomClip(SMALL_VIT), directory, OPTIONS);
    const mapped = await Deno.open(join(directory, "textual.onnx.data"));
    const before = (await mapped.stat()).mtime?.getTime();
    await convertCheckpoint(randomClip(SMALL_RESNET), directory, OPTIONS);
    assert.equal((await readManifest(directory)).architecture.vision.kind, "resnet");
    assert.deepEqual([...Deno.readDirSync(root)].map((entry) => entry.name), ["model"]);
    // A session that has mapped the old file keeps it: it was not written over.
    assert.equal((await mapped.stat()).mtime?.getTime(), before);
    mapped.close();
  }));

Deno.test("readManifest() refuses a model whose files do not have their sizes", () =>
  inTemporary(async (root) => {
    const directory = join(root, "model");
    await convertCheckpoint(randomClip(SMALL_VIT), directory, OPTIONS);
    await Deno.truncate(join(directory, "visual.onnx.data"), 5000);
    await assert.rejects(
      readManifest(directory),
      (error) =>
        error instanceof ClipError && error.kind === "model" &&
        /'visual\.onnx\.data' must have \d+ bytes: found 5000/.test(error.message),
    );
    for (const text of ["", "{}", "[1", '{"builderVersion": 1}']) {
      await Deno.writeTextFile(join(directory, "clipline.json"), text);
      await assert.rejects(readManifest(directory), /is not a manifest/);
    }
  }));

Deno.test("layOut() starts every external weight on a page, without overlap", () => {
  const graph = new GraphBuilder("sizes");
  const sizes = [1, 256, 257, 1024, 5000, 4096, 300];
  sizes.forEach((size, i) =>
    graph.weight(`w${i}`, "float32", [size], () => new Uint8Array(size * 4))
  );
  const { external, initializers, byteLength } = layOut(graph.finish(), "data");
  assert.deepEqual(external.map(({ weight }) => weight.dims[0]), [257, 1024, 5000, 4096, 300]);
  let end = 0;
  for (const { weight, offset } of external) {
    assert.equal(offset % WEIGHT_ALIGNMENT_BYTES, 0);
    assert.ok(offset >= end);
    end = offset + weight.byteLength;
  }
  assert.equal(byteLength, end);
  assert.equal(initializers.length, sizes.length);
});
