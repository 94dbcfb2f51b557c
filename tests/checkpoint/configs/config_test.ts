import assert from "node:assert/strict";
import { join } from "node:path";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { CHECKPOINTS, fixtureBytes, withFolder } from "../fixture_files.ts";

Deno.test("openCheckpoint() takes what the tensors do not tell from the config, then the hints", () => {
  const bytes = fixtureBytes("vit-c/open_clip/open_clip_pytorch_model.bin");
  const hints = {
    label: "ViT-X",
    vision: { activation: "gelu", headWidth: 32 },
    text: { activation: "gelu", heads: 4 },
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
  } as const;
  const config = Deno.readTextFileSync(
    join(CHECKPOINTS, "vit-c/open_clip/open_clip_config.json"),
  );
  withFolder(
    { "bare/x": bytes, "full/x.pt": bytes, "full/open_clip_config.json": config },
    (dir) => {
      const bare = openCheckpoint(join(dir, "bare/x"), hints);
      assert.equal(bare.architecture.text.activation, "gelu");
      assert.equal(bare.architecture.vision.heads, 2);
      assert.equal(bare.architecture.text.heads, 4);
      assert.deepEqual(bare.architecture.mean, [0.5, 0.5, 0.5]);
      assert.match(bare.notes.join("\n"), /'ViT-X': activation, vision heads, text heads/);
      bare.close();

      const guessed = openCheckpoint(join(dir, "bare/x"));
      assert.equal(guessed.architecture.text.activation, "quick_gelu");
      assert.equal(guessed.architecture.vision.heads, 1);
      assert.match(guessed.notes.join("\n"), /assumed/);
      guessed.close();

      const full = openCheckpoint(join(dir, "full"), {
        ...hints,
        text: { activation: "quick_gelu", heads: 1 },
      });
      assert.equal(full.architecture.text.activation, "gelu");
      assert.equal(full.architecture.text.heads, 4);
      assert.equal(full.architecture.mean[0], 0.48145466);
      assert.deepEqual(full.notes, []);
      full.close();
    },
  );
});
