/** OpenCLIP's table, read from its own data, against what OpenCLIP itself says of its models. */
import assert from "node:assert/strict";
import { deriveArchitecture, deriveTextTower } from "../../../src/checkpoint/architecture.ts";
import { hintsFromArchitecture } from "../../../src/checkpoint/facts.ts";
import { type Layout, LAYOUTS, M_CLIP } from "../../../src/checkpoint/naming/layouts.ts";
import { expectedShapes, isOfText } from "../../../src/checkpoint/naming/shapes.ts";
import type { LazyTensor } from "../../../src/checkpoint/state_dict.ts";
import { CATALOG, type CatalogEntry, findModel } from "../../../src/model/catalog/catalog.ts";
import { parameterCount, serverBytes } from "../../../src/model/catalog/memory.ts";
import { OPEN_CLIP_ROWS } from "../../../src/model/catalog/open_clip_data.ts";
import { OPEN_CLIP_MODELS, REFUSED_ROWS } from "../../../src/model/catalog/open_clip.ts";
import { refusedFamily } from "../../../src/model/catalog/refused.ts";

/** Millions of parameters, from OpenCLIP's `docs/model_profile.csv` (open_clip@3b37473). */
const OPEN_CLIP_PROFILE: Readonly<Record<string, number>> = {
  "ViT-B-32": 151.28,
  "ViT-B-32-256": 151.29,
  "RN50": 102.01,
  "RN101": 119.69,
  "RN50x4": 178.3,
  "RN50x16": 290.98,
  "RN50x64": 623.26,
  "ViT-B-16": 149.62,
  "ViT-B-16-SigLIP": 203.16,
  "ViT-B-16-SigLIP-256": 203.2,
  "ViT-B-16-SigLIP-i18n-256": 370.63,
  "ViT-B-16-SigLIP-384": 203.45,
  "ViT-B-16-SigLIP-512": 203.79,
  "ViT-B-16-plus-240": 208.38,
  "xlm-roberta-base-ViT-B-32": 366.12,
  "roberta-ViT-B-32": 212.72,
  "ViT-L-14": 427.62,
  "ViT-L-14-336": 427.94,
  "ViT-L-14-CLIPA": 414.21,
  "ViT-L-14-CLIPA-336": 414.54,
  "ViT-L-16-SigLIP-256": 652.15,
  "ViT-L-16-SigLIP-384": 652.48,
  "ViT-SO400M-14-SigLIP": 877.36,
  "ViT-SO400M-14-SigLIP-384": 877.96,
  "ViT-H-14": 986.11,
  "ViT-H-14-CLIPA": 968.24,
  "ViT-H-14-CLIPA-336": 968.64,
  "ViT-g-14": 1366.68,
  "xlm-roberta-large-ViT-H-14": 1193.01,
  "ViT-bigG-14": 2539.57,
  "ViT-bigG-14-CLIPA": 2517.22,
  "ViT-bigG-14-CLIPA-336": 2517.76,
};

/** The same of models of others, from their cards and READMEs. */
const OTHERS: Readonly<Record<string, number>> = {
  "google/siglip2-base-patch16-224": 375.19,
  "CN-CLIP/RN50": 77,
  "CN-CLIP/ViT-B-16": 188,
  "CN-CLIP/ViT-L-14": 406,
  "CN-CLIP/ViT-L-14-336": 407,
  "CN-CLIP/ViT-H-14": 958,
};

function millions({ architecture }: CatalogEntry): number {
  return parameterCount(architecture) / 1e6;
}

Deno.test("every architecture has as many parameters as its publisher says", () => {
  for (const [architecture, wanted] of Object.entries(OPEN_CLIP_PROFILE)) {
    const models = CATALOG.filter(({ name }) => name.startsWith(`${architecture}::`));
    assert.ok(models.length > 0, architecture);
    for (const model of models) {
      assert.ok(Math.abs(millions(model) - wanted) < 0.006, `${model.name}: ${millions(model)}`);
    }
  }
  for (const [name, wanted] of Object.entries(OTHERS)) {
    const found = findModel(name);
    assert.ok(found.ok && Math.abs(millions(found.model) - wanted) < 0.5, name);
  }
});

/** The layout that a model's weights are published in. */
function layoutOf({ family, checkpoints, architecture: { vision, text } }: CatalogEntry): Layout {
  const [source] = checkpoints;
  const name = source?.kind === "hub" && source.repository.startsWith("google/")
    ? "huggingface_siglip"
    : family === "chinese-clip"
    ? vision.kind === "vit" ? "huggingface_chinese_clip" : "chinese_clip"
    : family === "siglip" || family === "siglip2"
    ? "open_clip_timm_siglip"
    : family === "eva02"
    ? "open_clip_timm_eva02"
    : family === "coca"
    ? "open_clip_coca"
    : text.norm === "post"
    ? "open_clip_hf_text"
    : "openai";
  return LAYOUTS.find((layout) => layout.name === name)!;
}

/** A tensor that is only a shape. */
function hollow(shape: readonly number[]): LazyTensor {
  const read = () => {
    throw new Error("nothing is read here");
  };
  return { dtype: "float32", shape, read, readRaw: read };
}

Deno.test("weights of a model's sizes are opened as the catalog describes them", () => {
  for (const model of CATALOG) {
    const { architecture } = model;
    const all = [...expectedShapes(architecture)].map(([name, shape]) =>
      [name, hollow(shape)] as const
    );
    const hints = hintsFromArchitecture(architecture, model.name);
    if (model.images !== undefined) {
      const tensors = new Map(all.filter(([name]) => isOfText(name)));
      const statements = { layout: M_CLIP, config: undefined, hints };
      const { text, embedDim } = deriveTextTower(
        { tensors, faults: [] },
        statements,
        architecture,
        model.name,
      );
      assert.deepEqual({ text, embedDim }, {
        text: architecture.text,
        embedDim: architecture.embedDim,
      }, model.name);
      continue;
    }
    const statements = { layout: layoutOf(model), config: undefined, hints };
    const canonical = { tensors: new Map(all), faults: [] };
    const derived = deriveArchitecture(canonical, statements, model.name);
    assert.deepEqual(derived.architecture, architecture, model.name);
  }
});

Deno.test("every row of OpenCLIP's table is a model here, or refused with a reason", () => {
  const others = OPEN_CLIP_ROWS.filter(({ tag }) => tag !== "openai");
  assert.equal(OPEN_CLIP_MODELS.length + REFUSED_ROWS.length, others.length);
  assert.ok(OPEN_CLIP_MODELS.length > 100);
  for (const { architecture, tag, quick_gelu } of OPEN_CLIP_ROWS) {
    const name = `${architecture}::${tag}`;
    const found = findModel(name);
    assert.equal(found.ok, refusedFamily(name) === undefined, name);
    if (!found.ok) continue;
    const { text, vision } = found.model.architecture;
    if (quick_gelu) assert.equal(text.activation, "quick_gelu", name);
    if (quick_gelu && vision.kind === "vit") assert.equal(vision.activation, "quick_gelu", name);
  }
});

Deno.test("what a server needs is near what was measured", () => {
  // docs/models.md, "At full size": peak of a process that serves, in MiB.
  const measured: Readonly<Record<string, number>> = {
    "RN50": 755,
    "RN101": 836,
    "RN50x4": 1276,
    "RN50x16": 1820,
    "RN50x64": 3044,
    "ViT-B-32": 883,
    "ViT-B-16": 1045,
    "ViT-L-14": 2022,
    "ViT-L-14-336": 2418,
  };
  for (const [name, mebibytes] of Object.entries(measured)) {
    const found = findModel(name);
    assert.ok(found.ok);
    const ratio = serverBytes(found.model.architecture) / (mebibytes * 2 ** 20);
    assert.ok(ratio > 0.8 && ratio < 1.3, `${name}: ${ratio.toFixed(2)}`);
  }
});
