import assert from "node:assert/strict";
import { join } from "node:path";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { CHECKPOINTS, fixtureBytes, withFolder } from "../fixture_files.ts";
import { refused } from "../refused.ts";

Deno.test("openCheckpoint() refuses a Hugging Face config that does not fit", () => {
  const bytes = fixtureBytes("vit-c/hf/model.safetensors");
  const base = JSON.parse(Deno.readTextFileSync(join(CHECKPOINTS, "vit-c/hf/config.json")));
  const open = (config: unknown) =>
    withFolder({ "model.safetensors": bytes, "config.json": JSON.stringify(config) }, (folder) => {
      const state = openCheckpoint(folder);
      state.close();
      return state;
    });
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ model_type: "blip" }, /model_type 'blip': only 'clip', 'siglip', 'chinese_clip' are/],
    [{ projection_dim: 41 }, /projection_dim is 41, but the tensors have 40/],
    [
      { text_config: { ...base.text_config, hidden_act: "silu" } },
      /text_config\.hidden_act 'silu': wanted 'quick_gelu', 'gelu'/,
    ],
    [
      { text_config: { ...base.text_config, layer_norm_eps: -1 } },
      /layer_norm_eps '-1': wanted a number/,
    ],
    [{ vision_config: { ...base.vision_config, num_attention_heads: 3 } }, /split into 3 heads/],
    [{ vision_config: { ...base.vision_config, image_size: 96 } }, /image_size is 96/],
    [{ text_config_dict: { hidden_size: 65 } }, /hidden_size is 65/],
  ];
  for (const [change, pattern] of cases) refused(() => open({ ...base, ...change }), pattern);
  // Newer transformers leave out what equals its defaults: 8 heads for texts, QuickGELU.
  const { num_attention_heads: _heads, hidden_act: _text, ...text } = base.text_config;
  const { hidden_act: _vision, ...vision } = base.vision_config;
  const state = open({ ...base, text_config: text, vision_config: vision });
  assert.equal(state.architecture.text.heads, 8);
  assert.equal(state.architecture.text.activation, "quick_gelu");
  // A config.json that has nothing to do with CLIP is none of ours.
  assert.match(open({ model_type: "gpt2" }).notes.join(), /assumed/);
});
