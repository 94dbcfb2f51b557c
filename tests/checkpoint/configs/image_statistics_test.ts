import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { CHECKPOINTS, fixtureBytes, withFolder } from "../fixture_files.ts";

Deno.test("openCheckpoint() reads image statistics from preprocessor_config.json", () => {
  const files = {
    "model.safetensors": fixtureBytes("vit-b/hf/model.safetensors"),
    "config.json.gz": gzipSync(Deno.readFileSync(join(CHECKPOINTS, "vit-b/hf/config.json"))),
    "preprocessor_config.json": '{"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.2, 0.1]}',
  };
  withFolder(files, (folder) => {
    const state = openCheckpoint(folder);
    assert.deepEqual(state.architecture.mean, [0.5, 0.4, 0.3]);
    assert.deepEqual(state.architecture.std, [0.2, 0.2, 0.1]);
    assert.deepEqual(state.notes, []);
    state.close();
  });
});
