/** The names that models have elsewhere. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { CATALOG, findModel, spellingsOf } from "../../../src/model/catalog/catalog.ts";
import { plainName } from "../../../src/model/catalog/spelling.ts";

function nameOf(spelling: string): string {
  const found = findModel(spelling);
  assert.ok(found.ok, found.ok ? "" : found.message);
  return found.model.name;
}

Deno.test("no spelling means two models, however it is written", () => {
  const seen = new Map<string, string>();
  for (const model of CATALOG) {
    assert.equal(new Set(spellingsOf(model)).size, spellingsOf(model).length, model.name);
    assert.equal(spellingsOf(model)[0], model.name);
    for (const spelling of spellingsOf(model).map(plainName)) {
      assert.equal(seen.get(spelling) ?? model.name, model.name, spelling);
      seen.set(spelling, model.name);
    }
  }
});

/** A spelling as somebody else may write it: other case, other separators, space around it. */
function rewritten(spelling: string): fc.Arbitrary<string> {
  const letters = [...spelling].map((letter) =>
    /[-_/@:]/.test(letter)
      ? fc.constantFrom("-", "_", "/", "@", ":", "::", "__")
      : fc.constantFrom(letter, letter.toUpperCase(), letter.toLowerCase())
  );
  return fc.tuple(fc.constantFrom("", " ", "\n", "hf-hub:", "hf_hub:"), ...letters).map((parts) =>
    parts.join("")
  );
}

Deno.test("every spelling of every model finds that model, in any case and with any separators", () => {
  const spelt = CATALOG.flatMap((model) =>
    spellingsOf(model).map((spelling) => ({ name: model.name, spelling }))
  );
  for (const { name, spelling } of spelt) assert.equal(nameOf(spelling), name, spelling);
  const written = fc.constantFrom(...spelt).chain(({ name, spelling }) =>
    rewritten(spelling).map((text) => ({ name, text }))
  );
  fc.assert(
    fc.property(written, ({ name, text }) => assert.equal(nameOf(text), name, text)),
    { seed: 1, numRuns: 2000 },
  );
});

Deno.test("findModel() accepts the names of other programs", () => {
  const openai = (arch: string) => [
    `${arch}__openai`,
    `immich-app/${arch}__openai`,
    `${arch}-quickgelu::openai`,
    `${arch}:openai`,
    `${arch}-openai`,
    arch.toLowerCase(),
  ];
  const vit = (arch: string, size: string) => [
    ...openai(arch),
    `openai/clip-vit-${size}`,
    `clip-vit-${size}`,
    `hf-hub:openai/clip-vit-${size}`,
    `Xenova/clip-vit-${size}`,
  ];
  const sentence = (arch: string) => [`clip-${arch}`, `sentence-transformers/clip-${arch}`];
  const clip = (arch: string, tag: string, ...repositories: string[]) => [
    `${arch}::${tag}`,
    `${arch}::${tag.replaceAll("-", "_")}`,
    `${arch}::${tag.replaceAll("_", "-")}`,
    `${arch}__${tag}`,
    `immich-app/${arch}__${tag}`,
    ...repositories,
    ...repositories.map((repository) => `hf-hub:${repository}`),
    ...repositories.map((repository) => repository.slice(repository.indexOf("/") + 1)),
  ];
  const timm = (name: string) => `timm/${name}`;
  const table: Record<string, string[]> = {
    "RN50::openai": [...openai("RN50"), "timm/resnet50_clip.openai"],
    "RN101::openai": [...openai("RN101"), "timm/resnet101_clip.openai"],
    "RN50x4::openai": [...openai("RN50x4"), "timm/resnet50x4_clip.openai"],
    "RN50x16::openai": [...openai("RN50x16"), "timm/resnet50x16_clip.openai"],
    "RN50x64::openai": [...openai("RN50x64"), "timm/resnet50x64_clip.openai"],
    "ViT-B-32::openai": [
      ...vit("ViT-B-32", "base-patch32"),
      ...sentence("ViT-B-32"),
      "vit-b/32",
      "Qdrant/clip-ViT-B-32-text",
      "Qdrant/clip-ViT-B-32-vision",
      "timm/vit_base_patch32_clip_224.openai",
    ],
    "ViT-B-16::openai": [
      ...vit("ViT-B-16", "base-patch16"),
      ...sentence("ViT-B-16"),
      "timm/vit_base_patch16_clip_224.openai",
    ],
    "ViT-L-14::openai": [
      ...vit("ViT-L-14", "large-patch14"),
      ...sentence("ViT-L-14"),
      "timm/vit_large_patch14_clip_224.openai",
    ],
    "ViT-L-14-336::openai": [
      ...vit("ViT-L-14-336", "large-patch14-336"),
      "ViT-L/14@336px",
      "timm/vit_large_patch14_clip_336.openai",
    ],
    "RN50::yfcc15m": clip("RN50", "yfcc15m", timm("resnet50_clip.yfcc15m")),
    "RN50::cc12m": clip("RN50", "cc12m", timm("resnet50_clip.cc12m")),
    "RN101::yfcc15m": clip("RN101", "yfcc15m", timm("resnet101_clip.yfcc15m")),
    "ViT-B-32::laion400m_e31": [
      ...clip("ViT-B-32", "laion400m_e31", timm("vit_base_patch32_clip_224.laion400m_e31")),
      "ViT-B-32-quickgelu__laion400m_e31",
    ],
    "ViT-B-32::laion2b_e16": clip(
      "ViT-B-32",
      "laion2b_e16",
      timm("vit_base_patch32_clip_224.laion2b_e16"),
    ),
    "ViT-B-32::laion2b-s34b-b79k": clip(
      "ViT-B-32",
      "laion2b-s34b-b79k",
      "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
    ),
    "ViT-B-16::laion400m_e32": clip(
      "ViT-B-16",
      "laion400m_e32",
      timm("vit_base_patch16_clip_224.laion400m_e32"),
    ),
    "ViT-B-16-plus-240::laion400m_e31": clip(
      "ViT-B-16-plus-240",
      "laion400m_e31",
      timm("vit_base_patch16_plus_clip_240.laion400m_e31"),
    ),
    "ViT-B-16-plus-240::laion400m_e32": clip("ViT-B-16-plus-240", "laion400m_e32"),
    "ViT-L-14::laion400m_e31": clip(
      "ViT-L-14",
      "laion400m_e31",
      timm("vit_large_patch14_clip_224.laion400m_e31"),
    ),
    "ViT-L-14::laion2b-s32b-b82k": clip(
      "ViT-L-14",
      "laion2b-s32b-b82k",
      "laion/CLIP-ViT-L-14-laion2B-s32B-b82K",
    ),
    "ViT-H-14::laion2b-s32b-b79k": clip(
      "ViT-H-14",
      "laion2b-s32b-b79k",
      "laion/CLIP-ViT-H-14-laion2B-s32B-b79K",
    ),
    "ViT-g-14::laion2b-s12b-b42k": clip(
      "ViT-g-14",
      "laion2b-s12b-b42k",
      "laion/CLIP-ViT-g-14-laion2B-s12B-b42K",
    ),
  };
  for (const [name, spellings] of Object.entries(table)) {
    for (const spelling of spellings) assert.equal(nameOf(spelling), name, spelling);
  }
});

Deno.test("findModel() accepts every name of Immich's, but those that are not served", async () => {
  const list = new URL("../../fixtures/catalog/immich_names.txt", import.meta.url);
  const names = (await Deno.readTextFile(list)).trim().split("\n");
  assert.equal(names.length, 59);
  for (const name of names) {
    if (/^nllb-|^fg-clip2/.test(name)) {
      assert.ok(!findModel(name).ok, name);
      continue;
    }
    assert.equal(nameOf(name), nameOf(`immich-app/${name}`), name);
    const found = findModel(name);
    const spellings = found.ok ? spellingsOf(found.model).map(plainName) : [];
    assert.ok(spellings.includes(plainName(`immich-app/${name}`)), name);
  }
});

Deno.test("findModel() accepts the hub's names of the families of today", () => {
  const table: Record<string, string[]> = {
    "google/siglip2-so400m-patch14-384": ["siglip2-so400m-patch14-384"],
    "ViT-SO400M-14-SigLIP2-378::webli": ["timm/ViT-SO400M-14-SigLIP2-378"],
    "ViT-B-16-SigLIP::webli": ["ViT-B-16-SigLIP", "timm/ViT-B-16-SigLIP"],
    "ViT-B-32::datacomp_xl_s13b_b90k": ["laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K"],
    "ViT-H-14-378::dfn5b": ["apple/DFN5B-CLIP-ViT-H-14-378", "ViT-H-14-378-quickgelu::dfn5b"],
    "ViT-B-32::metaclip_400m": ["facebook/metaclip-b32-400m"],
    "ViT-H-14-worldwide::metaclip2_worldwide": [
      "facebook/metaclip-2-worldwide-huge-quickgelu",
      "ViT-H-14-worldwide-quickgelu::metaclip2_worldwide",
    ],
    "ViT-H-14-CLIPA-336::laion2b": ["UCSC-VLAA/ViT-H-14-CLIPA-336-laion2B"],
    "EVA02-B-16::merged2b_s8b_b131k": ["timm/eva02_base_patch16_clip_224.merged2b_s8b_b131k"],
    "CN-CLIP/ViT-L-14-336": ["OFA-Sys/chinese-clip-vit-large-patch14-336px"],
    "xlm-roberta-base-ViT-B-32::laion5b-s13b-b90k": [
      "laion/CLIP-ViT-B-32-xlm-roberta-base-laion5B-s13B-b90k",
      "xlm-roberta-base-ViT-B-32::laion5b_s13b_b90k",
      "xlm-roberta-base-ViT-B-32",
    ],
    "M-CLIP/LABSE-Vit-L-14": ["LABSE-Vit-L-14", "M-CLIP/LABSE-Vit-L-14"],
    "LongCLIP-L": ["BeichenZhang/LongCLIP-L"],
  };
  for (const [name, spellings] of Object.entries(table)) {
    for (const spelling of spellings) assert.equal(nameOf(spelling), name, spelling);
  }
});

Deno.test("findModel() does not take a model for another one whose name holds its own", () => {
  for (
    const name of [
      "ViT-B-32::openai-ft",
      "sentence-transformers/clip-ViT-B-32-multilingual-v1",
      "mine/clip-ViT-B-32",
      "openai/clip-vit-base-patch32/onnx",
      "laion/CLIP-ViT-B-32-DataComp.XXL-s13B-b90K",
      "ViT-B-32.pt",
      "./ViT-B-32",
      "-",
      "default",
    ]
  ) {
    assert.ok(!findModel(name).ok, name);
  }
});
