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
  ];
  for (const [model, spellings] of table) {
    for (const spelling of spellings) assert.equal(nameOf(spelling), model, spelling);
  }
  assert.deepEqual(CATALOG.map((model) => model.name).sort(), table.map(([name]) => name).sort());
});

Deno.test("findModelBySha256() knows published files by their hash or its first digits", () => {
  const openai = "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af";
  assert.equal(findModelBySha256(openai)?.name, "ViT-B-32::openai");
  assert.equal(findModelBySha256(`d867053b${"0".repeat(56)}`)?.name, "ViT-B-32::laion400m_e31");
  assert.equal(findModelBySha256("0".repeat(64)), undefined);
  assert.equal(findModelBySha256(""), undefined);
});

Deno.test("findModel() says that M-CLIP and its like are not supported yet", () => {
  for (const name of ["M-CLIP/LABSE-Vit-L-14", "M-CLIP/XLM-Roberta-Large-Vit-B-16Plus"]) {
    assert.match(messageOf(name), new RegExp(`"${name}" is not supported yet: .*text tower`));
  }
  assert.match(messageOf("CN-CLIP/ViT-B-16"), /not supported yet/);
  for (
    const name of [
      "xlm-roberta-base-ViT-B-32::laion5b-s13b-b90k",
      "XLM-Roberta-Large-Vit-B-32",
      "LABSE-Vit-L-14",
      "roberta-ViT-B-32::laion2b-s12b-b32k",
      "clip-ViT-B-32-multilingual-v1",
      "sentence-transformers/clip-ViT-B-32-multilingual-v1",
    ]
  ) {
    assert.match(messageOf(name), /not supported yet/, name);
  }
});

Deno.test("findModel() lists near matches for an unknown name", () => {
  assert.match(messageOf("vit-b/23"), /did you mean "ViT-B-/);
  assert.match(messageOf("openai/clip-vit-base-patch23"), /did you mean "ViT-B-32::openai"/);
  assert.match(messageOf("ViT-B-32__opnai"), /did you mean "ViT-B-32::openai"/);
  assert.match(messageOf("ViT-B-32::laion"), /did you mean "ViT-B-32::laion/);
  assert.match(messageOf("RN50x32"), /"RN50x/);
  assert.match(messageOf("ViT-G-14"), /did you mean "ViT-g-14::laion2b-s12b-b42k"/);
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
    assert.equal(text.width / text.heads, 64, name);
    assert.equal(text.mlpWidth, 4 * text.width, name);
    assert.ok(Number.isInteger(vision.heads), name);
    if (vision.kind === "vit") assert.equal(vision.imageSize % vision.patchSize, 0, name);
  }
});

Deno.test("activations and image statistics are those of the training", () => {
  for (const model of CATALOG) {
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
      assert.match(source.digest?.hex ?? "", /^([0-9a-f]{8}|[0-9a-f]{64})$/);
      assert.ok(source.url.includes(source.digest?.hex ?? "?"), model.name);
    }
    assert.match(model.onnx?.textual.md5 ?? "", /^[0-9a-f]{32}$/, model.name);
    assert.match(model.onnx?.visual.md5 ?? "", /^[0-9a-f]{32}$/, model.name);
    assert.ok(model.cached.every((file) => file.digests.length > 0), model.name);
    assert.doesNotMatch(JSON.stringify(model), /s3\.us-east-2/, "the closed bucket");
  }
});

Deno.test("folderOf() names folders as clip-as-service does", () => {
  assert.equal(folderOf("ViT-L/14@336px"), "ViT-L-14@336px");
  assert.equal(folderOf("ViT-B-32::laion2b_e16"), "ViT-B-32-laion2b_e16");
});
