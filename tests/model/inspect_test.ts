import assert from "node:assert/strict";
import { join } from "node:path";
import { describeCheckpoint } from "../../src/checkpoint/describe.ts";
import { CATALOG } from "../../src/model/catalog/catalog.ts";
import { CLIP_SERVER_MD5 } from "../../src/model/catalog/clip_server.ts";
import { inspectFile } from "../../src/model/inspect.ts";
import { CHECKPOINTS } from "../checkpoint/fixture_files.ts";
import { catalogEntry, LFS_POINTER, writeHollowCheckpoint } from "../support/hollow_checkpoint.ts";
import { onnxModel } from "../support/onnx_model.ts";

Deno.test("a checkpoint is taken for the models of its architecture, and for no other", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (const file of MODELS) {
      const path = join(directory, "model.safetensors");
      writeHollowCheckpoint(path, file.architecture);
      for (const entry of MODELS) {
        const fault = inspectFile(path, "checkpoint", entry);
        const same = shapeOf(entry) === shapeOf(file);
        assert.equal(fault === undefined, same, `${file.name} as ${entry.name}: ${fault}`);
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** The early ones, in OpenAI's layout, which hollow checkpoints have. */
const MODELS = CATALOG.filter(({ name, family }) =>
  family === "openai" || Object.hasOwn(CLIP_SERVER_MD5, name) && family === "open-clip"
);

/** The part of a model's name that says its sizes. */
function shapeOf({ name }: { name: string }): string {
  return name.slice(0, name.indexOf("::"));
}

Deno.test("an ONNX graph is taken for its own model, and for no other", async () => {
  const directory = await onnxModel("rn-a");
  const { architecture } = describeCheckpoint(join(CHECKPOINTS, "rn-a/openai_jit.pt.gz"));
  const other = catalogEntry("RN50::openai");
  const own = { ...other, architecture };
  for (const role of ["textual", "visual"] as const) {
    const path = join(directory, `${role}.onnx`);
    assert.equal(inspectFile(path, role, own), undefined);
    assert.match(inspectFile(path, role, other) ?? "", /another model: it has no (emb|first conv)/);
    const wider = { ...own, architecture: { ...architecture, embedDim: 999 } };
    assert.match(inspectFile(path, role, wider) ?? "", /have 64 dimensions instead of 999/);
  }
});

Deno.test("an ONNX file that is cut off, or none, is told as such", async () => {
  const whole = await Deno.readFile(join(await onnxModel("rn-a"), "textual.onnx"));
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  const entry = catalogEntry("RN50::openai");
  try {
    const broken = [
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, 1000),
      new TextEncoder().encode(LFS_POINTER),
      new TextEncoder().encode("nothing"),
      new Uint8Array(0),
    ];
    for (const bytes of broken) {
      await Deno.writeFile(path, bytes);
      assert.match(
        inspectFile(path, "textual", entry) ?? "",
        /no ONNX file, or it is cut off|no ONNX graph|reaches|cut off/,
      );
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("configs and tokenizers are taken for what they can be, and pages and pointers for neither", async () => {
  const folder = await Deno.makeTempDir();
  const entry = catalogEntry("ViT-B-16-SigLIP::webli");
  const bytes = (text: string) => new TextEncoder().encode(text);
  const table: [name: string, content: Uint8Array, fault: RegExp | undefined][] = [
    ["tokenizer.json", bytes('{"model": {}}'), undefined],
    ["tokenizer.json.part", bytes('{"model": {}}'), undefined],
    ["spiece.model", new Uint8Array([10, 14, 10, 5, 60, 117]), undefined],
    ["vocab.txt", bytes("[PAD]\n[UNK]\n"), undefined],
    ["config.json", bytes(LFS_POINTER), /JSON/],
    ["config.json.part", bytes("<html></html>"), /JSON/],
    ["vocab.txt", bytes(LFS_POINTER), /Git LFS pointer/],
    ["spiece.model", bytes("<!DOCTYPE html>"), /web page/],
    ["vocab.txt", new Uint8Array(0), /empty/],
  ];
  try {
    for (const [name, content, fault] of table) {
      const path = join(folder, name);
      await Deno.writeFile(path, content);
      const found = inspectFile(path, "beside", entry);
      if (fault === undefined) assert.equal(found, undefined, name);
      else assert.match(found ?? "", fault, name);
    }
    const index = join(folder, "model.safetensors.index.json");
    await Deno.writeTextFile(index, '{"weight_map": {"a": "../../etc/passwd"}}');
    assert.match(inspectFile(index, "index", entry) ?? "", /wanted a file name in the same folder/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
