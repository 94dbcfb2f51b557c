import assert from "node:assert/strict";
import { join } from "node:path";
import { describeCheckpoint } from "../../src/checkpoint/describe.ts";
import { fileSha256 } from "../../src/checkpoint/containers/sha256.ts";
import { CHECKPOINTS } from "./fixture_files.ts";

Deno.test("describeCheckpoint() tells format, names, sizes and origin", () => {
  const facts = describeCheckpoint(join(CHECKPOINTS, "vit-b/openai_jit.pt.gz"));
  assert.equal(facts.format, "torchscript");
  assert.equal(facts.scheme, "openai");
  assert.equal(facts.gzipped, true);
  assert.equal(facts.tensors, 50);
  assert.equal(facts.parameters, 188673);
  assert.deepEqual(facts.dtypes, { float32: 23105, float16: 165568 });
  assert.equal(facts.fileBytes, Deno.statSync(facts.files[0] as string).size);
  assert.equal(facts.provenance["archive version"], "3");
  assert.match(facts.provenance["class"] ?? "", /Multimodal$/);

  const custom = describeCheckpoint(join(CHECKPOINTS, "vit-c/open_clip_custom_text"));
  assert.deepEqual([custom.format, custom.scheme], ["safetensors", "open_clip_custom_text"]);
});

Deno.test("fileSha256() hashes in pieces and reports each", async () => {
  const bytes = new Uint8Array(2.5 * 2 ** 20).fill(7);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const steps: [number, number][] = [];
  const path = Deno.makeTempFileSync();
  let hash: string;
  try {
    Deno.writeFileSync(path, bytes);
    hash = await fileSha256(path, (done, total) => steps.push([done, total]));
  } finally {
    Deno.removeSync(path);
  }
  assert.equal(hash, [...digest].map((b) => b.toString(16).padStart(2, "0")).join(""));
  assert.deepEqual(steps.at(-1), [bytes.length, bytes.length]);
  assert.equal(steps.length, 3);
});
