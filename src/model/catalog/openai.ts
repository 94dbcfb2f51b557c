/** OpenAI's nine models. Source: openai/CLIP `clip.py`; md5s from clip-as-service 0.8.4. */
import type { ClipArchitecture } from "../../checkpoint/state_dict.ts";
import type { CatalogEntry, CheckpointSource } from "./entry.ts";
import { FAMILIES } from "./families.ts";
import { onnxPairOf, transformersJsExport } from "./onnx_files.ts";
import { describeRow, OPEN_CLIP_ROWS } from "./open_clip_data.ts";

const BASE = "https://openaipublic.azureedge.net/clip/models";

interface Row {
  /** OpenCLIP's name of it. */
  architecture: string;
  /** Spellings that are not derived from the architecture's name. */
  aliases?: readonly string[];
  file: string;
  /** Of the whole file; also a folder of its address. */
  sha256: string;
  md5: string;
  /** The hub's copy, asked when OpenAI's address does not answer. */
  hub: CheckpointSource & { kind: "hub" };
  /** Part of the transformers.js repository's name. */
  transformersJs?: string;
}

/** A `CLIPModel` repository of OpenAI's. */
function clipModel(size: string): Row["hub"] {
  return {
    kind: "hub",
    repository: `openai/clip-vit-${size}`,
    files: ["model.safetensors", "pytorch_model.bin"],
  };
}

/** The timm project's copy of a ResNet. */
function timm(name: string): Row["hub"] {
  return {
    kind: "hub",
    repository: `timm/${name}_clip.openai`,
    files: ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"],
  };
}

const ROWS: readonly Row[] = [
  {
    architecture: "RN50",
    file: "RN50.pt",
    sha256: "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762",
    md5: "9140964eaaf9f68c95aa8df6ca13777c",
    hub: timm("resnet50"),
  },
  {
    architecture: "RN101",
    file: "RN101.pt",
    sha256: "8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599",
    md5: "fa9d5f64ebf152bc56a18db245071014",
    hub: timm("resnet101"),
  },
  {
    architecture: "RN50x4",
    file: "RN50x4.pt",
    sha256: "7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd",
    md5: "03830990bc768e82f7fb684cde7e5654",
    hub: timm("resnet50x4"),
  },
  {
    architecture: "RN50x16",
    file: "RN50x16.pt",
    sha256: "52378b407f34354e150460fe41077663dd5b39c54cd0bfd2b27167a4a06ec9aa",
    md5: "83d63878a818c65d0fb417e5fab1e8fe",
    hub: timm("resnet50x16"),
  },
  {
    architecture: "RN50x64",
    file: "RN50x64.pt",
    sha256: "be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c",
    md5: "a6631a0de003c4075d286140fc6dd637",
    hub: timm("resnet50x64"),
  },
  {
    architecture: "ViT-B-32",
    aliases: ["ViT-B/32"],
    file: "ViT-B-32.pt",
    sha256: "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af",
    md5: "3ba34e387b24dfe590eeb1ae6a8a122b",
    hub: clipModel("base-patch32"),
    transformersJs: "base-patch32",
  },
  {
    architecture: "ViT-B-16",
    aliases: ["ViT-B/16"],
    file: "ViT-B-16.pt",
    sha256: "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f",
    md5: "44c3d804ecac03d9545ac1a3adbca3a6",
    hub: clipModel("base-patch16"),
    transformersJs: "base-patch16",
  },
  {
    architecture: "ViT-L-14",
    aliases: ["ViT-L/14"],
    file: "ViT-L-14.pt",
    sha256: "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836",
    md5: "096db1af569b284eb76b3881534822d9",
    hub: clipModel("large-patch14"),
    transformersJs: "large-patch14",
  },
  {
    architecture: "ViT-L-14-336",
    aliases: ["ViT-L/14@336px", "ViT-L/14-336px", "ViT-L-14@336px", "ViT-L-14-336px"],
    file: "ViT-L-14-336px.pt",
    sha256: "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02",
    md5: "b311058cae50cb10fbfa2a44231c9473",
    hub: clipModel("large-patch14-336"),
    transformersJs: "large-patch14-336",
  },
];

/** @throws {TypeError} for an architecture that OpenAI has published no weights of. */
function architectureOf(name: string): ClipArchitecture {
  const row = OPEN_CLIP_ROWS.find(({ architecture, tag }) =>
    architecture === name && tag === "openai"
  );
  const described = row === undefined ? undefined : describeRow(row);
  if (described?.ok !== true) throw new TypeError(`OpenCLIP does not describe OpenAI's ${name}`);
  return described.architecture;
}

function entry(row: Row): CatalogEntry {
  const name = `${row.architecture}::openai`;
  const onnx = onnxPairOf(name);
  const { publisher, languages, licence } = FAMILIES.openai;
  return {
    name,
    aliases: [...(row.aliases ?? []), row.architecture, row.hub.repository],
    family: "openai",
    publisher,
    languages,
    ...(licence === undefined ? {} : { licence }),
    architecture: architectureOf(row.architecture),
    checkpoints: [
      {
        kind: "url",
        url: `${BASE}/${row.sha256}/${row.file}`,
        file: row.file,
        digest: { algorithm: "sha256", hex: row.sha256 },
      },
      row.hub,
    ],
    cached: [{
      file: row.file,
      digests: [
        { algorithm: "sha256", hex: row.sha256 },
        { algorithm: "md5", hex: row.md5 },
      ],
    }],
    ...(onnx === undefined ? {} : { onnx }),
    ...(row.transformersJs === undefined
      ? {}
      : { onnxHub: transformersJsExport(row.transformersJs) }),
    notes: [],
  };
}

/** OpenAI's models, in the order of their table. */
export const OPENAI_MODELS: readonly CatalogEntry[] = ROWS.map(entry);
