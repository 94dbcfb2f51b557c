import assert from "node:assert/strict";
import { join } from "node:path";
import { describeCheckpoint } from "../../src/checkpoint/describe.ts";
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
