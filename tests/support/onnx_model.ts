/** The fixture models as directories of ONNX files, unpacked once. */
import { join } from "node:path";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { OPENAI_MEAN, OPENAI_STD } from "../../src/checkpoint/configs/image_statistics.ts";
import { withFileLock } from "../../src/file_lock.ts";
import type { ModelFiles } from "../../src/runtime/model.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/onnx/", import.meta.url));

/**
 * The directory of a fixture model with `textual.onnx` and `visual.onnx`. Test files ask for it at the
 * same time, in one process and in others: a file that is there stays the same one, for tests look
 * at its time and inode.
 */
export async function onnxModel(name: "rn-a"): Promise<string> {
  const directory = join(tmpdir(), "clipline-test-models", name);
  for (const file of ["textual.onnx", "visual.onnx"]) {
    const packed = await Deno.readFile(join(FIXTURES, name, `${file}.gz`));
    const path = join(directory, file);
    if (await isUnpacked(path, packed)) continue;
    await withFileLock(`${path}.lock`, async () => {
      if (await isUnpacked(path, packed)) return;
      const part = `${path}.${crypto.randomUUID()}`;
      await Deno.writeFile(part, await gunzip(packed));
      await Deno.rename(part, path);
    });
  }
  return directory;
}

/** Whether a file has the size that its gzip tells at its end (RFC 1952, section 2.3.1). */
async function isUnpacked(path: string, packed: Uint8Array): Promise<boolean> {
  const end = new DataView(packed.buffer, packed.byteOffset + packed.length - 4);
  const there = await Deno.stat(path).catch(() => undefined);
  return there?.size === end.getUint32(0, true);
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
