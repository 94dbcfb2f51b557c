import assert from "node:assert/strict";
import { join } from "node:path";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { buildSafetensors, tinyShapes } from "../containers/build_safetensors.ts";
import { fixtureBytes, withFolder } from "../fixture_files.ts";
import { refused } from "../refused.ts";

type Shapes = Map<string, readonly number[]>;

/** Opens a tiny model whose tensors were changed by `change`. */
function openChanged(change: (shapes: Shapes) => void) {
  const shapes = tinyShapes();
  change(shapes);
  return withFolder({ "x.safetensors": buildSafetensors(shapes) }, (folder) => {
    const state = openCheckpoint(join(folder, "x.safetensors"));
    state.close();
    return state;
  });
}

/** Opens the Hugging Face fixture with its tensors renamed by `rename`. */
function openRenamed(rename: (name: string) => string) {
  const bytes = fixtureBytes("vit-c/hf/model.safetensors");
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const renamed = new TextEncoder().encode(
    JSON.stringify(Object.fromEntries(Object.entries(header).map(([k, v]) => [rename(k), v]))),
  );
  const file = new Uint8Array(8 + renamed.length + bytes.length - 8 - length);
  new DataView(file.buffer).setBigUint64(0, BigInt(renamed.length), true);
  file.set(renamed, 8);
  file.set(bytes.subarray(8 + length), 8 + renamed.length);
  return withFolder({ "model.safetensors": file }, (folder) => {
    const state = openCheckpoint(folder);
    state.close();
    return state;
  });
}

Deno.test("openCheckpoint() takes any depth of training wrappers off the names", () => {
  for (const prefix of ["module.", "_orig_mod.", "model.module.", "module._orig_mod.model."]) {
    const state = openChanged((shapes) => {
      for (const [name, shape] of [...shapes]) {
        shapes.delete(name);
        shapes.set(prefix + name, shape);
      }
    });
    assert.equal(state.tensors.size, tinyShapes().size);
  }
});

Deno.test("openCheckpoint() ignores buffers that no embedding depends on", () => {
  const state = openChanged((shapes) => {
    for (
      const name of ["attn_mask", "visual.bn1.num_batches_tracked", "vocab_size"]
    ) {
      shapes.set(name, [2]);
    }
    shapes.set("logit_scale", [1]);
  });
  assert.deepEqual([...state.tensors.keys()], [...tinyShapes().keys()]);
  assert.deepEqual(state.tensors.get("logit_scale")?.shape, []);
});

Deno.test("openCheckpoint() lists what is missing, surplus and mis-shaped, all at once", () => {
  const message = refused(() =>
    openChanged((shapes) => {
      shapes.delete("visual.ln_pre.bias");
      shapes.delete("visual.transformer.resblocks.0.attn.in_proj_weight");
      shapes.set("ln_final.bias", [7]);
      shapes.set("visual.extra", [1, 2]);
    }), /not those of a CLIP model/);
  assert.deepEqual(
    message.split("\n  ").slice(1),
    [
      "missing: 'visual.ln_pre.bias' [4]",
      "missing: 'visual.transformer.resblocks.0.attn.in_proj_weight' [12,4]",
      "mis-shaped: 'ln_final.bias' is [7], wanted [8]",
      "surplus: 'visual.extra' [1,2]",
    ],
  );
});

Deno.test("openCheckpoint() names the base tensors whose absence hides all sizes", () => {
  const message = refused(() =>
    openChanged((shapes) => {
      shapes.delete("visual.conv1.weight");
      shapes.delete("text_projection");
      shapes.set("visual.positional_embedding", [7, 4]);
    }), /missing: 'visual\.conv1\.weight'/);
  assert.match(message, /missing: 'text_projection'/);
  assert.match(message, /has 7 rows, wanted a square and one more/);
});

Deno.test("openCheckpoint() bounds its lists", () => {
  const message = refused(() =>
    openChanged((shapes) => {
      for (let i = 0; i < 500; i++) shapes.set(`visual.extra${i}`, [1]);
    }), /… and 480 more/);
  assert.equal(message.split("\n").length, 22);
  refused(() =>
    openChanged((shapes) => {
      shapes.set("transformer.resblocks.999999999.ln_1.bias", [8]);
    }), /at most 1000 layers/);
});

Deno.test("openCheckpoint() tells relatives of CLIP from CLIP", () => {
  const cases: [string, RegExp][] = [
    ["visual.trunk.stages.0.blocks.0.mlp.fc1.weight", /timm vision tower/],
    ["text_decoder.ln_final.weight", /surplus: 'text_decoder/],
    ["visual.attn_pool.query", /surplus: 'visual\.attn_pool\.query'/],
    ["text.transformer.shared.weight", /text tower of transformers that is neither BERT nor/],
    ["text.transformer.layers.0.fc1.weight", /text tower of transformers that is neither/],
    ["visual.blocks.0.attn.q_proj.weight", /EVA-CLIP/],
  ];
  for (const [name, pattern] of cases) {
    refused(() => openChanged((shapes) => shapes.set(name, [1])), pattern);
  }
  refused(
    () =>
      openChanged((shapes) => {
        shapes.clear();
        shapes.set("bert.pooler.weight", [1]);
      }),
    /not named as those of a CLIP model .*'bert\.pooler\.weight'/,
  );
  refused(() => openChanged((shapes) => shapes.clear()), /there are none/);
});

Deno.test("openCheckpoint() lists what a Hugging Face checkpoint lacks or has too many of", () => {
  assert.equal(openRenamed((name) => name).architecture.embedDim, 40);
  refused(
    () =>
      openRenamed((name) =>
        name.replace(/vision_model(.*)k_proj\.bias/, "vision_model$1x_proj.bias")
      ),
    /missing: the k projection of 'visual\.transformer\.resblocks\.0\.attn\.in_proj_bias'/,
  );
  refused(
    () => openRenamed((name) => name.replace("visual_projection", "other_projection")),
    /surplus: 'other_projection\.weight'/,
  );
  // A text tower alone (CLIPTextModelWithProjection).
  refused(
    () => openRenamed((name) => name.replace("vision_model.", "unused.")),
    /missing: 'visual\.conv1\.weight'[^]*surplus: 'unused\./,
  );
});

/** Puts `prefix` before every name. */
function prefixed(shapes: Shapes, prefix: string): void {
  for (const [name, shape] of [...shapes]) {
    shapes.delete(name);
    shapes.set(prefix + name, shape);
  }
}

Deno.test("openCheckpoint() passes over metrics beside a Lightning module's model, and says so", () => {
  for (const prefix of ["model.", "net.clip.", ""]) {
    const state = openChanged((shapes) => {
      prefixed(shapes, prefix);
      shapes.set("train_accuracy.total", [1]);
      shapes.set("val_loss.mean_value", []);
    });
    assert.equal(state.tensors.size, tinyShapes().size);
    assert.match(
      state.notes.join("\n"),
      /2 counters and metrics .*: 'train_accuracy\.total', 'val/,
    );
  }
  const head = (shapes: Shapes) => {
    prefixed(shapes, "model.");
    shapes.set("classifier.weight", [10, 6]);
  };
  refused(() => openChanged(head), /surplus: 'classifier\.weight' \[10,6\]/);
});

Deno.test("openCheckpoint() takes PEFT's and compilers' names off, and refuses unmerged adapters", () => {
  const merged = openChanged((shapes) => prefixed(shapes, "base_model.model."));
  assert.equal(merged.tensors.size, tinyShapes().size);
  const compiled = openRenamed((name) => name.replace("vision_model.", "vision_model._orig_mod."));
  assert.equal(compiled.architecture.vision.kind, "vit");
  // What `merge_adapter()` leaves when the adapter's own tensors are not saved.
  const adapted = openChanged((shapes) => {
    for (const [name, shape] of [...shapes]) {
      if (!/\.mlp\.c_(fc|proj)\./.test(name)) continue;
      shapes.delete(name);
      shapes.set(name.replace(/(c_fc|c_proj)\./, "$1.base_layer."), shape);
    }
    prefixed(shapes, "base_model.model.");
  });
  assert.equal(adapted.tensors.size, tinyShapes().size);
  const lora = (shapes: Shapes) => {
    shapes.set("transformer.resblocks.0.mlp.c_fc.lora_A.default.weight", [4, 8]);
    prefixed(shapes, "base_model.model.");
  };
  refused(() => openChanged(lora), /adapter \(LoRA\) .*merge_and_unload\(\)/);
  const alone = (shapes: Shapes) => {
    shapes.clear();
    shapes.set("base_model.model.text_model.layers.0.q_proj.lora_B.weight", [4, 8]);
  };
  refused(() => openChanged(alone), /adapter \(LoRA\) that is not merged/);
});

Deno.test("openCheckpoint() takes averaged weights beside others, and refuses to choose otherwise", () => {
  const both = (second: string) => (shapes: Shapes) => {
    const names = [...shapes];
    prefixed(shapes, "model.");
    for (const [name, shape] of names) shapes.set(second + name, shape);
  };
  const state = openChanged(both("ema_model.module."));
  assert.match(state.notes.join("\n"), /averaged ones under 'ema_model\.module\.' are taken, not/);
  refused(() => openChanged(both("teacher.")), /several models[^]*'model\.'[^]*'teacher\.'/);
});

Deno.test("openCheckpoint() says that one tower is not the whole model", () => {
  const without = (pattern: RegExp) => (shapes: Shapes) => {
    for (const name of [...shapes.keys()]) if (pattern.test(name)) shapes.delete(name);
  };
  refused(() => openChanged(without(/^visual\./)), /text tower alone .*whole model \(CLIPModel\)/);
  refused(
    () => openChanged(without(/^(?!visual\.)/)),
    /image tower alone .*CLIPVisionModelWithProjection/,
  );
});
