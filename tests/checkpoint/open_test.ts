import assert from "node:assert/strict";
import { join } from "node:path";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import type { ClipStateDict } from "../../src/checkpoint/state_dict.ts";
import { CHECKPOINTS, torchSaveVariants, variant, withFolder } from "./fixture_files.ts";
import { refused } from "./refused.ts";

interface Reference {
  architecture: Record<string, unknown>;
  logit_scale: number;
}

/** name -> shape and exact bits of the float32 values. */
function contents(state: ClipStateDict): Map<string, { shape: number[]; bits: Uint32Array }> {
  const all = new Map<string, { shape: number[]; bits: Uint32Array }>();
  for (const [name, tensor] of state.tensors) {
    const values = tensor.read();
    assert.equal(values.length, tensor.shape.reduce((a, b) => a * b, 1), name);
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    all.set(name, { shape: [...tensor.shape], bits: bits.slice() });
  }
  return all;
}

function assertSame(got: ReturnType<typeof contents>, wanted: typeof got, label: string): void {
  assert.deepEqual([...got.keys()], [...wanted.keys()], label);
  for (const [name, { shape, bits }] of got) {
    assert.deepEqual(shape, wanted.get(name)?.shape, `${label}: ${name}`);
    assert.ok(bits.every((bit, i) => bit === wanted.get(name)?.bits[i]), `${label}: ${name}`);
  }
}

function read(path: string): ReturnType<typeof contents> {
  const state = openCheckpoint(path);
  try {
    return contents(state);
  } finally {
    state.close();
  }
}

function assertReference(model: string, state: ClipStateDict): void {
  const reference: Reference = JSON.parse(
    Deno.readTextFileSync(join(CHECKPOINTS, model, "reference/reference.json")),
  );
  const { architecture: wanted } = reference;
  const { embedDim, vision, text } = state.architecture;
  assert.deepEqual(
    {
      kind: vision.kind === "vit" ? "vit" : "rn",
      image: vision.imageSize,
      v_width: vision.width,
      v_heads: vision.heads,
      v_layers: vision.layers,
      t_width: text.width,
      t_heads: text.heads,
      t_layers: text.layers,
      embed: embedDim,
      vocab: text.vocabSize,
      context: text.contextLength,
      quick_gelu: text.activation === "quick_gelu",
      ...(vision.kind === "vit" ? { patch: vision.patchSize } : {}),
    },
    Object.fromEntries(
      Object.entries(wanted).filter(([key]) => !["exact", "logit_scale", "seed"].includes(key)),
    ),
  );
  assert.equal(state.tensors.get("logit_scale")?.read()[0], Math.fround(reference.logit_scale));
}

Deno.test("openCheckpoint() reads the same bits from every format of vit-b", () => {
  const wanted = read(join(CHECKPOINTS, "vit-b/openai_jit.pt.gz"));
  assert.equal(wanted.size, 50);
  assertSame(read(join(CHECKPOINTS, "vit-b/hf")), wanted, "hf");
  const files = Object.fromEntries(torchSaveVariants());
  withFolder(files, (folder) => {
    for (const name of Object.keys(files)) {
      if (name.endsWith(".pt")) assertSame(read(join(folder, name)), wanted, name);
    }
    assertSame(read(join(folder, "hf_bin")), wanted, "hf_bin");
  });
});

Deno.test("openCheckpoint() reads the same bits from every format of vit-c", () => {
  const wanted = read(join(CHECKPOINTS, "vit-c/hf"));
  assertSame(read(join(CHECKPOINTS, "vit-c/open_clip")), wanted, "open_clip");
  assertSame(read(join(CHECKPOINTS, "vit-c/open_clip_custom_text")), wanted, "custom text");
});

Deno.test("openCheckpoint() finds each fixture's architecture", () => {
  const paths = {
    "vit-a": ["vit-a"],
    "vit-b": ["vit-b/openai_jit.pt.gz", "vit-b/hf"],
    "vit-c": ["vit-c/hf", "vit-c/open_clip", "vit-c/open_clip_custom_text"],
    "rn-a": ["rn-a"],
  };
  for (const [model, variants] of Object.entries(paths)) {
    for (const path of variants) {
      const state = openCheckpoint(join(CHECKPOINTS, path));
      try {
        assertReference(model, state);
      } finally {
        state.close();
      }
    }
  }
});

Deno.test("readRaw() gives the file's own type, and agrees with read()", () => {
  const state = openCheckpoint(join(CHECKPOINTS, "vit-b/openai_jit.pt.gz"));
  const bf16 = openCheckpoint(join(CHECKPOINTS, "vit-c/hf"));
  try {
    assert.equal(state.tensors.get("visual.proj")?.dtype, "float16");
    assert.equal(state.tensors.get("positional_embedding")?.dtype, "float32");
    for (const tensor of state.tensors.values()) {
      const raw = tensor.readRaw().slice();
      const values: Iterable<number> = tensor.dtype === "float16"
        ? new Float16Array(raw.buffer)
        : new Float32Array(raw.buffer);
      assert.deepEqual(Float32Array.from(values), tensor.read());
    }
    // Joined (in_proj) and transposed (proj) tensors keep their type, too.
    for (const [name, tensor] of bf16.tensors) {
      assert.equal(tensor.dtype, "bfloat16", name);
      const halves = new Uint16Array(tensor.readRaw().slice().buffer);
      const words = Uint32Array.from(halves, (half) => half << 16);
      assert.deepEqual(new Float32Array(words.buffer), tensor.read(), name);
    }
  } finally {
    state.close();
    bf16.close();
  }
});

Deno.test("openCheckpoint() says which file of a directory it cannot choose from", () => {
  withFolder({ "a.pt": "x", "b.safetensors": "y", "optimizer.pt": "z" }, (folder) => {
    const message = refused(() => openCheckpoint(folder), /more than one checkpoint/, "config");
    assert.match(message, /a\.pt\n {2}b\.safetensors$/);
  });
  withFolder({ "readme.md": "x" }, (folder) => {
    refused(() => openCheckpoint(folder), /no checkpoint in the directory/, "config");
    refused(() => openCheckpoint(join(folder, "none.pt")), /no such file/, "config");
  });
});

Deno.test("openCheckpoint() names the usual mistakes", () => {
  const cases: [string | Uint8Array, RegExp][] = [
    ["", /is empty/],
    ["version https://git-lfs.github.com/spec/v1\noid sha256:00\n", /git lfs pull/],
    ["<!DOCTYPE html><html>", /web page/],
    [new Uint8Array([0x80, 4, 0x95, 1, 0, 0, 0, 0, 0]), /bare pickle/],
    [new Uint8Array([8, 7, 18, 7, 112, 121]), /format is unknown, it starts with 08 07/],
  ];
  for (const [content, pattern] of cases) {
    withFolder({ "x.pt": content }, (folder) => {
      refused(() => openCheckpoint(join(folder, "x.pt")), pattern);
    });
  }
});

Deno.test("openCheckpoint() notices a file that changes while it is read, and one that was closed", () => {
  withFolder({ "x.pt": variant("state_fp32.pt") }, (folder) => {
    const path = join(folder, "x.pt");
    const state = openCheckpoint(path);
    const tensor = state.tensors.get("visual.proj");
    assert.ok(tensor !== undefined);
    tensor.read();
    Deno.truncateSync(path, 100_000);
    refused(() => tensor.read(), /changed while it was being read/);
    state.close();
    state.close();
    refused(() => tensor.read(), /was closed/);
  });
});
