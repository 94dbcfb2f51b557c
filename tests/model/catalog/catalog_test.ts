import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CATALOG,
  findModel,
  findModelBySha256,
  folderOf,
} from "../../../src/model/catalog/catalog.ts";

function nameOf(spelling: string): string {
  const found = findModel(spelling);
  assert.ok(found.ok, found.ok ? "" : found.message);
  return found.model.name;
}

function messageOf(spelling: string): string {
  const found = findModel(spelling);
  assert.ok(!found.ok, `${spelling} should be unknown`);
  return found.message;
}

Deno.test("findModel() accepts every name of clip_server's table, old and new", () => {
  const table: [model: string, spellings: string[]][] = [
    ["RN50::openai", ["RN50", "RN50::openai"]],
    ["RN101::openai", ["RN101", "RN101::openai"]],
    ["RN50x4::openai", ["RN50x4", "RN50x4::openai"]],
    ["RN50x16::openai", ["RN50x16", "RN50x16::openai"]],
    ["RN50x64::openai", ["RN50x64", "RN50x64::openai"]],
    ["ViT-B-32::openai", ["ViT-B/32", "ViT-B-32", "ViT-B-32::openai", " ViT-B/32 "]],
    ["ViT-B-16::openai", ["ViT-B/16", "ViT-B-16", "ViT-B-16::openai"]],
    ["ViT-L-14::openai", ["ViT-L/14", "ViT-L-14", "ViT-L-14::openai"]],
    ["ViT-L-14-336::openai", [
      "ViT-L/14@336px",
      "ViT-L/14-336px",
      "ViT-L-14@336px",
      "ViT-L-14-336",
      "ViT-L-14-336::openai",
      "openai/clip-vit-large-patch14-336",
    ]],
    ["RN50::yfcc15m", ["RN50::yfcc15m", "RN50-quickgelu::yfcc15m"]],
    ["RN50::cc12m", ["RN50::cc12m"]],
    ["RN101::yfcc15m", ["RN101::yfcc15m"]],
    ["ViT-B-32::laion400m_e31", ["ViT-B-32::laion400m_e31"]],
    ["ViT-B-32::laion400m_e32", ["ViT-B-32::laion400m_e32", "ViT-B-32-quickgelu::laion400m_e32"]],
    ["ViT-B-32::laion2b_e16", ["ViT-B-32::laion2b_e16"]],
    ["ViT-B-32::laion2b-s34b-b79k", [
      "ViT-B-32::laion2b-s34b-b79k",
      "ViT-B-32::laion2b_s34b_b79k",
      "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
    ]],
    ["ViT-B-16::laion400m_e31", ["ViT-B-16::laion400m_e31"]],
    ["ViT-B-16::laion400m_e32", ["ViT-B-16::laion400m_e32"]],
    ["ViT-B-16-plus-240::laion400m_e31", ["ViT-B-16-plus-240::laion400m_e31"]],
    ["ViT-B-16-plus-240::laion400m_e32", ["ViT-B-16-plus-240::laion400m_e32"]],
    ["ViT-L-14::laion400m_e31", ["ViT-L-14::laion400m_e31"]],
    ["ViT-L-14::laion400m_e32", ["ViT-L-14::laion400m_e32"]],
    ["ViT-L-14::laion2b-s32b-b82k", ["ViT-L-14::laion2b-s32b-b82k"]],
    ["ViT-H-14::laion2b-s32b-b79k", ["ViT-H-14::laion2b-s32b-b79k"]],
    ["ViT-g-14::laion2b-s12b-b42k", ["ViT-g-14::laion2b-s12b-b42k"]],
    ["roberta-ViT-B-32::laion2b-s12b-b32k", ["roberta-ViT-B-32::laion2b-s12b-b32k"]],
    ["xlm-roberta-base-ViT-B-32::laion5b-s13b-b90k", [
      "xlm-roberta-base-ViT-B-32::laion5b-s13b-b90k",
    ]],
    ["xlm-roberta-large-ViT-H-14::frozen_laion5b_s13b_b90k", [
      "xlm-roberta-large-ViT-H-14::frozen_laion5b_s13b_b90k",
    ]],
    ["M-CLIP/XLM-Roberta-Large-Vit-B-32", ["M-CLIP/XLM-Roberta-Large-Vit-B-32"]],
    ["M-CLIP/XLM-Roberta-Large-Vit-L-14", ["M-CLIP/XLM-Roberta-Large-Vit-L-14"]],
    ["M-CLIP/XLM-Roberta-Large-Vit-B-16Plus", ["M-CLIP/XLM-Roberta-Large-Vit-B-16Plus"]],
    ["M-CLIP/LABSE-Vit-L-14", ["M-CLIP/LABSE-Vit-L-14"]],
    ["CN-CLIP/ViT-B-16", ["CN-CLIP/ViT-B-16"]],
    ["CN-CLIP/ViT-L-14", ["CN-CLIP/ViT-L-14"]],
    ["CN-CLIP/ViT-L-14-336", ["CN-CLIP/ViT-L-14-336"]],
    ["CN-CLIP/ViT-H-14", ["CN-CLIP/ViT-H-14"]],
    ["CN-CLIP/RN50", ["CN-CLIP/RN50"]],
  ];
  for (const [model, spellings] of table) {
    for (const spelling of spellings) assert.equal(nameOf(spelling), model, spelling);
  }
});

Deno.test("findModelBySha256() knows published files by their hash or its first digits", () => {
  const openai = "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af";
  assert.equal(findModelBySha256(openai)?.name, "ViT-B-32::openai");
  assert.equal(findModelBySha256(`d867053b${"0".repeat(56)}`)?.name, "ViT-B-32::laion400m_e31");
  assert.equal(findModelBySha256("0".repeat(64)), undefined);
  assert.equal(findModelBySha256(""), undefined);
});

Deno.test("findModel() says what is not supported of models that are known and not served", () => {
  const table: Record<string, RegExp> = {
    "nllb-clip-base-siglip__mrl": /must be told the language of every text/,
    "visheratin/nllb-siglip-mrl-large": /Use a SigLIP 2 or XLM-RoBERTa model/,
    "MobileCLIP-S2::datacompdr": /an image tower with convolutions/,
    "apple/MobileCLIP-B-OpenCLIP": /an image tower with convolutions/,
    "laion/CLIP-convnext_base_w-laion2B-s13B-b82K": /ConvNeXt/,
    "PE-Core-L-14-336": /attention pool of another kind/,
    "EVA02-E-14::laion2b_s4b_b115k": /blocks of another kind/,
    "ViT-SO400M-14-SigLIP-378__webli": /weights of ViT-SO400M-14-SigLIP-384/,
    "google/siglip2-base-patch16-naflex": /NaFlex/,
    "clip-ViT-B-32-multilingual-v1": /DistilBERT.*Use one of M-CLIP's/,
    "sentence-transformers/clip-ViT-B-32-multilingual-v1": /DistilBERT/,
    "jinaai/jina-clip-v2": /its own code in Python/,
    "facebook/metaclip-2-mt5-worldwide-b32": /transformers' MetaCLIP 2 alone/,
  };
  for (const [name, why] of Object.entries(table)) {
    assert.match(messageOf(name), why, name);
    assert.match(messageOf(name), /is not supported: it has /, name);
  }
});

Deno.test("findModel() lists near matches for an unknown name", () => {
  assert.match(messageOf("vit-b/23"), /did you mean "ViT-B-/);
  assert.match(messageOf("openai/clip-vit-base-patch23"), /did you mean "ViT-B-32::openai"/);
  assert.match(messageOf("ViT-B-32__opnai"), /did you mean "ViT-B-32::openai"/);
  assert.match(messageOf("ViT-B-32::laion"), /did you mean "ViT-B-32::laion/);
  assert.match(messageOf("RN50x32"), /"RN50x/);
  assert.match(messageOf("ViT-G-14"), /did you mean "ViT-g-14::laion2b/);
  assert.match(messageOf("resnet"), /did you mean "RN50/);
  assert.doesNotMatch(messageOf("bert-base"), /did you mean/);
  assert.doesNotMatch(messageOf(""), /did you mean/);
});

Deno.test("findModel() answers any text with a model or a bounded message", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (name) => {
      const found = findModel(name);
      assert.ok(found.ok || found.message.length < 600);
    }),
    { seed: 1, numRuns: 200 },
  );
  assert.ok(messageOf("x".repeat(100_000)).length < 600);
  assert.match(messageOf("__proto__"), /Unknown model/);
});

Deno.test("architectures have the published sizes", () => {
  const table: [string, number, number, number][] = [
    // name, embedding, image, vision heads
    ["RN50", 1024, 224, 32],
    ["RN101", 512, 224, 32],
    ["RN50x4", 640, 288, 40],
    ["RN50x16", 768, 384, 48],
    ["RN50x64", 1024, 448, 64],
    ["ViT-B/32", 512, 224, 12],
    ["ViT-L/14@336px", 768, 336, 16],
    ["ViT-B-16-plus-240::laion400m_e32", 640, 240, 14],
    ["ViT-H-14::laion2b-s32b-b79k", 1024, 224, 16],
    ["ViT-g-14::laion2b-s12b-b42k", 1024, 224, 16],
    ["ViT-bigG-14::laion2b_s39b_b160k", 1280, 224, 16],
    ["google/siglip-so400m-patch14-384", 1152, 384, 16],
    ["ViT-gopt-16-SigLIP2-384", 1536, 384, 16],
    ["EVA02-L-14-336", 768, 336, 16],
    ["CN-CLIP/RN50", 1024, 224, 32],
    ["M-CLIP/XLM-Roberta-Large-Vit-B-16Plus", 640, 240, 14],
  ];
  for (const [name, embedDim, imageSize, heads] of table) {
    const found = findModel(name);
    assert.ok(found.ok);
    const { architecture } = found.model;
    assert.equal(architecture.embedDim, embedDim, name);
    assert.equal(architecture.vision.imageSize, imageSize, name);
    assert.equal(architecture.vision.heads, heads, name);
  }
  for (const { name, architecture: { text, vision } } of CATALOG) {
    assert.ok(Number.isInteger(text.width / text.heads), name);
    assert.ok(Number.isInteger(vision.heads), name);
    if (vision.kind === "vit") assert.ok(Number.isInteger(vision.width / vision.heads), name);
  }
});

Deno.test("activations and image statistics are those of the training", () => {
  const early = ["openai", "open-clip", "datacomp"];
  for (const model of CATALOG.filter(({ family }) => early.includes(family))) {
    const quick = model.publisher === "OpenAI" ||
      /^RN|^ViT-B-32::laion400m/.test(model.name);
    assert.equal(model.architecture.text.activation, quick ? "quick_gelu" : "gelu", model.name);
    assert.equal(model.clipAsServiceActivation !== undefined, quick && !/openai/.test(model.name));
    const half = model.name === "ViT-L-14::laion2b-s32b-b82k";
    assert.equal(model.architecture.mean[0], half ? 0.5 : 0.48145466, model.name);
    assert.equal(model.architecture.std[2], half ? 0.5 : 0.27577711, model.name);
  }
});

Deno.test("every model can be downloaded from somewhere and checked", () => {
  for (const model of CATALOG) {
    assert.ok(model.checkpoints.some((source) => source.kind === "hub"), model.name);
    for (const source of model.checkpoints) {
      if (source.kind === "hub") {
        assert.match(source.repository, /^[\w.-]+\/[\w.-]+$/);
        continue;
      }
      assert.equal(new URL(source.url).protocol, "https:");
      assert.ok(source.url.endsWith(`/${source.file}`));
      if (source.digest === undefined) {
        assert.equal(model.family, "metaclip");
        assert.notEqual(source, model.checkpoints[0], "what states a hash comes first");
        continue;
      }
      assert.match(source.digest.hex, /^([0-9a-f]{8}|[0-9a-f]{64})$/);
      assert.ok(source.url.includes(source.digest.hex), model.name);
    }
    if (model.family === "openai" || model.clipAsServiceActivation !== undefined) {
      assert.match(model.onnx?.textual.md5 ?? "", /^[0-9a-f]{32}$/, model.name);
      assert.match(model.onnx?.visual.md5 ?? "", /^[0-9a-f]{32}$/, model.name);
    }
    assert.ok(model.cached.every((file) => file.digests.length > 0), model.name);
    assert.doesNotMatch(JSON.stringify(model), /s3\.us-east-2/, "the closed bucket");
  }
});

Deno.test("folderOf() names folders as clip-as-service does", () => {
  assert.equal(folderOf("ViT-L/14@336px"), "ViT-L-14@336px");
  assert.equal(folderOf("ViT-B-32::laion2b_e16"), "ViT-B-32-laion2b_e16");
});

Deno.test("a model whose tokenizer is published beside its weights says which file it needs", () => {
  for (const { name, architecture, checkpoints, images } of CATALOG) {
    const { tokenizer } = architecture.text;
    for (const source of checkpoints) {
      const needed = source.kind === "url"
        ? []
        : (source.beside ?? []).filter((each) => each.needed);
      if (tokenizer.kind === "clip") assert.equal(needed.length, 0, name);
      else assert.ok(needed.some(({ from }) => from[0]?.file === tokenizer.file), name);
    }
    assert.equal(images !== undefined, name.startsWith("M-CLIP/"), name);
    if (images === undefined) continue;
    assert.deepEqual(architecture.vision, images.architecture.vision, name);
    assert.equal(architecture.embedDim, images.architecture.embedDim, name);
  }
});

Deno.test("families have languages, and each its facts", () => {
  const of = (name: string) => {
    const found = findModel(name);
    assert.ok(found.ok, name);
    return found.model;
  };
  const dfn = of("ViT-L-14-quickgelu__dfn2b").architecture;
  assert.deepEqual(dfn.resize?.to, { width: 224, height: 224 });
  assert.equal(dfn.text.activation, "quick_gelu");
  const clipa = of("ViT-L-14-CLIPA").architecture;
  assert.equal(clipa.resize?.filter, "bilinear");
  assert.equal(clipa.text.contextLength, 32);
  const [openClip, google] = [of("ViT-B-16-SigLIP2"), of("google/siglip2-base-patch16-224")];
  assert.equal(
    openClip.architecture.vision.kind === "vit" && openClip.architecture.vision.activation,
    "gelu",
  );
  assert.equal(
    google.architecture.vision.kind === "vit" && google.architecture.vision.activation,
    "gelu_tanh",
  );
  assert.equal(openClip.architecture.resize?.filter, "bicubic");
  assert.equal(google.architecture.resize?.filter, "bilinear");
  assert.equal(of("google/siglip-base-patch16-224").architecture.resize?.filter, "bicubic");
  for (const { architecture: { similarity, text } } of [openClip, google]) {
    assert.equal(similarity, "sigmoid");
    assert.equal(text.padId, 0);
    assert.equal(text.mask, "none");
  }
  const chinese = of("CN-CLIP/ViT-H-14").architecture;
  assert.equal(chinese.text.activation, "gelu");
  assert.equal(chinese.vision.kind === "vit" && chinese.vision.activation, "quick_gelu");
  assert.equal(of("LongCLIP-B").architecture.text.contextLength, 248);
  assert.equal(of("roberta-ViT-B-32").languages, "English");
  assert.match(of("ViT-B-16-SigLIP-i18n-256").languages, /more than 100/);
  assert.equal(of("CN-CLIP/RN50").languages, "Chinese");
});
