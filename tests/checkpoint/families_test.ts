/** What is read of the families' checkpoints, and what of them is refused. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { hintsFromArchitecture } from "../../src/checkpoint/facts.ts";
import { findModel } from "../../src/model/catalog/catalog.ts";
import type { ClipArchitecture } from "../../src/checkpoint/state_dict.ts";
import { familyPath } from "../support/families.ts";
import { buildSafetensors, tinyShapes } from "./containers/build_safetensors.ts";
import { withFolder } from "./fixture_files.ts";
import { refused } from "./refused.ts";

type Json = Record<string, unknown>;

function architectureOf(path: Parameters<typeof openCheckpoint>[0]): ClipArchitecture {
  const state = openCheckpoint(path);
  state.close();
  return state.architecture;
}

/** Opens a fixture whose file `name` was changed, with `change`d JSON or without it. */
function openWith(family: string, name: string, change: (json: Json) => Json | undefined) {
  const files: Record<string, Uint8Array | string> = {};
  for (const entry of Deno.readDirSync(familyPath(family))) {
    if (entry.isFile) files[entry.name] = Deno.readFileSync(join(familyPath(family), entry.name));
  }
  const json = JSON.parse(new TextDecoder().decode(files[name] as Uint8Array));
  const changed = change(json);
  if (changed === undefined) delete files[name];
  else files[name] = JSON.stringify(changed);
  return withFolder(files, architectureOf);
}

/** JSON with the value at a dotted key replaced. */
function at(json: Json, key: string, value: unknown): Json {
  const [first = "", ...rest] = key.split(".");
  const inner = rest.length === 0 ? value : at((json[first] ?? {}) as Json, rest.join("."), value);
  return { ...json, [first]: inner };
}

Deno.test("openCheckpoint() tells how texts of each family become ids and one row", () => {
  const facts = (path: string) => {
    const { similarity, text } = architectureOf(familyPath(path));
    const { tokenizer, pooling, mask, padId, contextLength } = text;
    const ids = tokenizer.kind === "file" ? `${tokenizer.file} ${tokenizer.clean}` : "clip";
    return `${ids}, ${pooling.kind}, ${mask}, pad ${padId}, ${contextLength}, ${similarity}`;
  };
  const wanted = {
    "siglip": "spiece.model siglip, last, none, pad 1, 64, sigmoid",
    "siglip2": "tokenizer.json lower, last, none, pad 0, 64, sigmoid",
    "siglip-openclip": "tokenizer.json open_clip_canonicalize, last, none, pad 1, 64, sigmoid",
    "siglip2-openclip": "tokenizer.json open_clip_canonicalize, last, none, pad 0, 64, sigmoid",
    "openclip-xlm-roberta":
      "tokenizer.json open_clip_whitespace, mean, padding, pad 1, 77, softmax",
    "mclip-xlm-roberta": "tokenizer.json none, mean, padding, pad 1, 77, softmax",
    "mclip-labse": "tokenizer.json none, mean, padding, pad 0, 77, softmax",
    "chinese-clip/hf": "vocab.txt none, first, padding, pad 0, 52, softmax",
    "metaclip2-worldwide": "tokenizer.json open_clip_whitespace, end, causal, pad 1, 77, softmax",
    "vit-clipa": "tokenizer.json open_clip_whitespace, last, none, pad 0, 32, softmax",
    "vit-248-positions": "clip, argmax, causal, pad 0, 248, softmax",
    "eva02-clip": "clip, argmax, causal, pad 0, 77, softmax",
    "coca": "clip, class, causal, pad 0, 76, softmax",
  };
  for (const [path, text] of Object.entries(wanted)) assert.equal(facts(path), text, path);
});

Deno.test("openCheckpoint() refuses what a family's config asks for and is not understood", () => {
  const cases: [string, string, string, unknown, RegExp][] = [
    ["siglip", "config.json", "model_type", "siglip2", /model_type 'siglip2': only 'clip'/],
    [
      "siglip",
      "config.json",
      "vision_config.hidden_act",
      "mish",
      /vision_config\.hidden_act 'mish'/,
    ],
    ["siglip", "config.json", "vision_config.vision_use_head", false, /vision_use_head 'false'/],
    ["siglip", "config.json", "vision_config.num_attention_heads", 5, /split into 5 heads/],
    [
      "siglip",
      "config.json",
      "text_config.layer_norm_eps",
      "no",
      /text_config\.layer_norm_eps 'no'/,
    ],
    [
      "chinese-clip/hf",
      "config.json",
      "text_config.position_embedding_type",
      "relative_key",
      /position_embedding_type 'relative_key'/,
    ],
    ["chinese-clip/hf", "config.json", "text_config.type_vocab_size", 3, /type_vocab_size is 3/],
    [
      "siglip-openclip",
      "open_clip_config.json",
      "model_cfg.vision_cfg.timm_model_name",
      "vit_base_patch16_siglip_gap_224",
      /timm_model_name 'vit_base_patch16_siglip_gap_224': only SigLIP's and EVA-02's/,
    ],
    [
      "siglip-openclip",
      "open_clip_config.json",
      "model_cfg.vision_cfg.timm_pool",
      "avg",
      /timm_pool 'avg': wanted 'map'/,
    ],
    [
      "siglip-openclip",
      "open_clip_config.json",
      "model_cfg.vision_cfg.timm_proj",
      "linear",
      /timm_proj 'linear'/,
    ],
    [
      "eva02-clip",
      "open_clip_config.json",
      "model_cfg.vision_cfg.timm_model_name",
      "eva02_enormous_patch14_clip_224",
      /timm_model_name 'eva02_enormous_patch14_clip_224'/,
    ],
    [
      "openclip-xlm-roberta",
      "open_clip_config.json",
      "model_cfg.text_cfg.hf_model_name",
      "google/mt5-base",
      /hf_model_name 'google\/mt5-base'/,
    ],
    [
      "openclip-xlm-roberta",
      "open_clip_config.json",
      "model_cfg.text_cfg.hf_pooler_type",
      "max_pooler",
      /hf_pooler_type 'max_pooler': wanted 'mean_pooler' or 'cls_last_hidden_state_pooler'/,
    ],
    [
      "openclip-xlm-roberta",
      "open_clip_config.json",
      "model_cfg.text_cfg.hf_pooler_type",
      "cls_pooler",
      /hf_pooler_type 'cls_pooler': wanted/,
    ],
    [
      "siglip2",
      "tokenizer_config.json",
      "padding_side",
      "left",
      /tokenizer_config\.json: padding_side 'left': wanted 'right'/,
    ],
    [
      "siglip2-openclip",
      "tokenizer_config.json",
      "padding_side",
      "left",
      /tokenizer_config\.json: padding_side 'left': wanted 'right'/,
    ],
    [
      "vit-layer-scale",
      "open_clip_config.json",
      "model_cfg.vision_cfg.ls_init_value",
      null,
      /surplus: 'visual\.transformer\.resblocks\.0\.ls_1\.gamma'/,
    ],
    [
      "vit-clipa",
      "open_clip_config.json",
      "model_cfg.vision_cfg.no_ln_pre",
      false,
      /missing: 'visual\.ln_pre\.weight'/,
    ],
  ];
  for (const [family, file, key, value, pattern] of cases) {
    refused(() => openWith(family, file, (json) => at(json, key, value)), pattern);
  }
  refused(
    () =>
      openWith("openclip-xlm-roberta", "open_clip_config.json", (json) =>
        at(
          at(json, "model_cfg.text_cfg.hf_model_name", "bert-base-uncased"),
          "model_cfg.text_cfg.hf_pooler_type",
          null,
        )),
    /hf_pooler_type 'null': wanted one, as BERT's own is not supported/,
  );
});

Deno.test("openCheckpoint() reads timm's activations, and the names that OpenCLIP gives BERTs", () => {
  const activation = (name: string) => {
    const { vision } = openWith(
      "siglip-openclip",
      "open_clip_config.json",
      (json) => at(json, "model_cfg.vision_cfg.timm_model_name", name),
    );
    return vision.kind === "vit" ? vision.activation : undefined;
  };
  assert.equal(activation("vit_base_patch16_siglip_512.v2_webli"), "gelu");
  assert.equal(activation("vit_large_patch16_siglip_384"), "gelu");
  assert.equal(activation("vit_large_patch16_siglip_512"), "gelu_tanh");
  assert.equal(activation("vit_base_patch32_siglip_256.v2_webli"), "gelu_tanh");
  const base = (name: string, pooler: string) =>
    openWith("openclip-xlm-roberta", "open_clip_config.json", (json) =>
      at(
        at(json, "model_cfg.text_cfg.hf_model_name", name),
        "model_cfg.text_cfg.hf_pooler_type",
        pooler,
      )).text;
  assert.deepEqual(base("roberta-base", "cls_last_hidden_state_pooler").pooling, { kind: "first" });
  assert.equal(base("roberta-base", "mean_pooler").positionsCount, "unpadded");
  assert.equal(base("google-bert/bert-base-uncased", "mean_pooler").eps, 1e-12);
});

Deno.test("openCheckpoint() reads published folders that have no config of OpenCLIP's", () => {
  const without = openWith("openclip-xlm-roberta", "open_clip_config.json", () => undefined);
  const whole = architectureOf(familyPath("openclip-xlm-roberta"));
  assert.deepEqual(without.text, whole.text);
});

Deno.test("openCheckpoint() takes no hints of another kind of model, and tells unusual ones", () => {
  // A flow may call anything 'ViT-B-32::openai'.
  const entry = findModel("ViT-B-32::openai");
  assert.ok(entry.ok);
  const hints = hintsFromArchitecture(entry.model.architecture, entry.model.name);
  const bare = (family: string, weights: string, tokenizer: string) => {
    const files = [weights, tokenizer].map((name) =>
      [name, Deno.readFileSync(join(familyPath(family), name))] as const
    );
    return withFolder(Object.fromEntries(files), (folder) => {
      const [named, nameless] = [openCheckpoint(folder, hints), openCheckpoint(folder)];
      named.close();
      nameless.close();
      return [named.architecture.text, nameless.architecture.text];
    });
  };
  const weights = {
    "openclip-xlm-roberta": "open_clip_pytorch_model.bin.gz",
    "siglip-openclip": "open_clip_model.safetensors.gz",
  };
  for (const [family, file] of Object.entries(weights)) {
    const [named, nameless] = bare(family, file, "tokenizer.json");
    assert.deepEqual(named, nameless);
  }
  const unusual = {
    ...hints,
    vision: { ...hints.vision, eps: 1e-6 },
    text: { ...hints.text, mask: "none", pooling: { kind: "last" } },
  } as const;
  withFolder({ "x.safetensors": buildSafetensors(tinyShapes()) }, (folder) => {
    const path = join(folder, "x.safetensors");
    const state = openCheckpoint(path, {
      ...unusual,
      vision: { ...unusual.vision, headWidth: 2 },
      text: { ...unusual.text, headWidth: 2 },
    });
    state.close();
    assert.match(
      state.notes.join(),
      /ViT-B-32::openai': activation, .*text mask, text pooling, .*vision eps/,
    );
  });
});

Deno.test("openCheckpoint() joins the towers of two checkpoints, and says what does not fit", () => {
  const [text, image] = ["text", "image"].map((part) => familyPath(`mclip-labse/${part}`));
  const pair = architectureOf({ text: text!, image: image! });
  assert.deepEqual(pair, architectureOf(familyPath("mclip-labse")));
  assert.equal(pair.text.eps, 1e-12);
  refused(() => architectureOf(text!), /M-CLIP's text tower alone: put its folder/);
  refused(
    () => architectureOf({ text: image!, image: image! }),
    /not named as those of a text tower of M-CLIP/,
  );
  refused(
    () => architectureOf({ text: text!, image: familyPath("dtype-oddities/bf16") }),
    /its embeddings have 48 values, but those of the model beside it, .* have 32/,
  );
  const mutated = (json: Json) =>
    withFolder(
      {
        "pytorch_model.bin.gz": Deno.readFileSync(join(text!, "pytorch_model.bin.gz")),
        "config.json": JSON.stringify(json),
      },
      (folder) => architectureOf({ text: folder, image: image! }),
    );
  const config = JSON.parse(Deno.readTextFileSync(join(text!, "config.json")));
  refused(() => mutated({ ...config, modelBase: "bert-large" }), /modelBase 'bert-large'/);
  refused(() => mutated({ ...config, numDims: 50 }), /numDims is 50, but the tensors have 48/);
  refused(() => mutated({ ...config, model_type: "bert" }), /model_type 'bert': wanted 'M-CLIP'/);
});

Deno.test("openCheckpoint() takes an image size whose rest is over, as 384 in patches of 14", () => {
  const shapes = tinyShapes();
  const open = (size: number) =>
    withFolder({
      "x.safetensors": buildSafetensors(shapes),
      "open_clip_config.json": JSON.stringify({
        model_cfg: { vision_cfg: { image_size: size, head_width: 2 }, text_cfg: { heads: 2 } },
      }),
    }, (folder) => architectureOf(join(folder, "x.safetensors")).vision.imageSize);
  assert.equal(open(5), 5);
  refused(() => open(6), /image_size is 6, but the tensors have 4/);
});

Deno.test("openCheckpoint() makes one table of LongCLIP's two", () => {
  const shapes = tinyShapes();
  shapes.set("positional_embedding", [24, 8]);
  shapes.set("positional_embedding_res", [24, 8]);
  const bytes = buildSafetensors(shapes);
  withFolder({ "longclip.pt": bytes }, (folder) => {
    const state = openCheckpoint(join(folder, "longclip.pt"));
    try {
      assert.equal(state.architecture.text.contextLength, 24);
      const table = state.tensors.get("positional_embedding")!;
      const [values, raw] = [table.read(), new Float32Array(table.readRaw().slice().buffer)];
      assert.deepEqual(values, raw);
      // Values count up through the file, so that each table has its own.
      const jump = values[20 * 8]! - values[20 * 8 - 1]!;
      assert.ok(jump > 1 && values[1]! - values[0]! === 1 / 8, `${jump}`);
    } finally {
      state.close();
    }
  });
});

Deno.test("openCheckpoint() finds the one checkpoint that Lightning leaves", () => {
  withFolder({ "last.ckpt": buildSafetensors(tinyShapes()) }, (folder) => {
    assert.equal(architectureOf(folder).embedDim, 6);
  });
});
