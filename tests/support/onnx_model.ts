/** The fixture models as directories of ONNX files, unpacked once. */
import { join } from "node:path";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { OPENAI_MEAN, OPENAI_STD } from "../../src/checkpoint/configs/image_statistics.ts";
import type { ModelFiles } from "../../src/runtime/model.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/onnx/", import.meta.url));

/**
 * The directory of a fixture model with `textual.onnx` and `visual.onnx`. Test files run in
 * processes of their own at the same time: each file gets its name when it is whole.
 */
export async function onnxModel(name: "rn-a"): Promise<string> {
  const directory = join(tmpdir(), "clipline-test-models", name);
  await Deno.mkdir(directory, { recursive: true });
  for (const file of ["textual.onnx", "visual.onnx"]) {
    const packed = await Deno.readFile(join(FIXTURES, name, `${file}.gz`));
    const path = join(directory, file);
    const bytes = await gunzip(packed);
    const there = await Deno.stat(path).catch(() => undefined);
    if (there?.size === bytes.length) continue;
    const part = `${path}.${crypto.randomUUID()}`;
    await Deno.writeFile(part, bytes);
    await Deno.rename(part, path);
  }
  return directory;
}

/** The fixture model as what `openModel` takes. */
export async function fixtureFiles(name: "rn-a"): Promise<ModelFiles> {
  const directory = await onnxModel(name);
  return {
    textual: join(directory, "textual.onnx"),
    visual: join(directory, "visual.onnx"),
    mean: OPENAI_MEAN,
    std: OPENAI_STD,
    contextLength: 77,
    vocabSize: 49_408,
    alreadyOptimized: false,
  };
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
