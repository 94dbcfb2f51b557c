/**
 * OpenCLIP's models that clip_server names. Source: open_clip `pretrained.py` (addresses,
 * activations, image statistics); md5s from clip-as-service 0.8.4.
 */
import type { Activation } from "../../checkpoint/state_dict.ts";
import { type ArchitectureName, architectureOf, HALF } from "./architectures.ts";
import type { CatalogEntry, CheckpointSource, Digest } from "./entry.ts";
import { onnxPairOf } from "./onnx_files.ts";

const RELEASES = "https://github.com/mlfoundations/open_clip/releases/download/v0.2-weights";

/** The hub's names for OpenCLIP's own layout. */
const OPEN_CLIP_FILES = ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"];

interface Row {
  architecture: ArchitectureName;
  /** What the weights were trained on: the part after `::`. */
  tag: string;
  /** A file of the GitHub release; the eight digits that end its name start its sha256. */
  release?: string;
  /** Hub repository: the only source, or the one asked when GitHub does not answer. */
  hub: string;
  activation: Activation;
  /** Of the file that clip-as-service kept. */
  md5: string;
  /** Mean and standard deviation of 0.5 instead of OpenAI's. */
  half?: true;
}

const ROWS: readonly Row[] = [
  {
    architecture: "RN50",
    tag: "yfcc15m",
    release: "rn50-quickgelu-yfcc15m-455df137.pt",
    hub: "timm/resnet50_clip.yfcc15m",
    activation: "quick_gelu",
    md5: "e9c564f91ae7dc754d9043fdcd2a9f22",
  },
  {
    architecture: "RN50",
    tag: "cc12m",
    release: "rn50-quickgelu-cc12m-f000538c.pt",
    hub: "timm/resnet50_clip.cc12m",
    activation: "quick_gelu",
    md5: "37cb01eb52bb6efe7666b1ff2d7311b5",
  },
  {
    architecture: "RN101",
    tag: "yfcc15m",
    release: "rn101-quickgelu-yfcc15m-3e04b30e.pt",
    hub: "timm/resnet101_clip.yfcc15m",
    activation: "quick_gelu",
    md5: "48f7448879ce25e355804f6bb7928cb8",
  },
  {
    architecture: "ViT-B-32",
    tag: "laion400m_e31",
    release: "vit_b_32-quickgelu-laion400m_e31-d867053b.pt",
    hub: "timm/vit_base_patch32_clip_224.laion400m_e31",
    activation: "quick_gelu",
    md5: "ca8015f98ab0f8780510710681d7b73e",
  },
  {
    architecture: "ViT-B-32",
    tag: "laion400m_e32",
    release: "vit_b_32-quickgelu-laion400m_e32-46683a32.pt",
    hub: "timm/vit_base_patch32_clip_224.laion400m_e32",
    activation: "quick_gelu",
    md5: "359e0dba4a419f175599ee0c63a110d8",
  },
  {
    architecture: "ViT-B-32",
    tag: "laion2b_e16",
    release: "vit_b_32-laion2b_e16-af8dbd0c.pth",
    hub: "timm/vit_base_patch32_clip_224.laion2b_e16",
    activation: "gelu",
    md5: "df08de3d9f2dc53c71ea26e184633902",
  },
  {
    architecture: "ViT-B-32",
    tag: "laion2b-s34b-b79k",
    hub: "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
    activation: "gelu",
    md5: "2fc036aea9cd7306f5ce7ce6abb8d0bf",
  },
  {
    architecture: "ViT-B-16",
    tag: "laion400m_e31",
    release: "vit_b_16-laion400m_e31-00efa78f.pt",
    hub: "timm/vit_base_patch16_clip_224.laion400m_e31",
    activation: "gelu",
    md5: "31306a44224cc46fec1bc3b82fd0c4e6",
  },
  {
    architecture: "ViT-B-16",
    tag: "laion400m_e32",
    release: "vit_b_16-laion400m_e32-55e67d44.pt",
    hub: "timm/vit_base_patch16_clip_224.laion400m_e32",
    activation: "gelu",
    md5: "07283adc5c17899f2ed22d82b563c54b",
  },
  {
    architecture: "ViT-B-16-plus-240",
    tag: "laion400m_e31",
    release: "vit_b_16_plus_240-laion400m_e31-8fb26589.pt",
    hub: "timm/vit_base_patch16_plus_clip_240.laion400m_e31",
    activation: "gelu",
    md5: "c88f453644a998ecb094d878a2f0738d",
  },
  {
    architecture: "ViT-B-16-plus-240",
    tag: "laion400m_e32",
    release: "vit_b_16_plus_240-laion400m_e32-699c4b84.pt",
    hub: "timm/vit_base_patch16_plus_clip_240.laion400m_e32",
    activation: "gelu",
    md5: "e573af3cef888441241e35022f30cc95",
  },
  {
    architecture: "ViT-L-14",
    tag: "laion400m_e31",
    release: "vit_l_14-laion400m_e31-69988bb6.pt",
    hub: "timm/vit_large_patch14_clip_224.laion400m_e31",
    activation: "gelu",
    md5: "09d223a6d41d2c5c201a9da618d833aa",
  },
  {
    architecture: "ViT-L-14",
    tag: "laion400m_e32",
    release: "vit_l_14-laion400m_e32-3d133497.pt",
    hub: "timm/vit_large_patch14_clip_224.laion400m_e32",
    activation: "gelu",
    md5: "a76cde1bc744ca38c6036b920c847a89",
  },
  {
    architecture: "ViT-L-14",
    tag: "laion2b-s32b-b82k",
    hub: "laion/CLIP-ViT-L-14-laion2B-s32B-b82K",
    activation: "gelu",
    md5: "4d2275fc7b2d7ee9db174f9b57ddecbd",
    half: true,
  },
  {
    architecture: "ViT-H-14",
    tag: "laion2b-s32b-b79k",
    hub: "laion/CLIP-ViT-H-14-laion2B-s32B-b79K",
    activation: "gelu",
    md5: "2aa6c46521b165a0daeb8cdc6668c7d3",
  },
  {
    architecture: "ViT-g-14",
    tag: "laion2b-s12b-b42k",
    hub: "laion/CLIP-ViT-g-14-laion2B-s12B-b42K",
    activation: "gelu",
    md5: "3bf99353f6f1829faac0bb155be4382a",
  },
];

/** The sha256 prefix that ends a release file's name, e.g. `…-455df137.pt`. */
function releaseDigest(file: string): Digest {
  const hex = /-([0-9a-f]{8})\.pth?$/.exec(file)?.[1];
  if (hex === undefined) throw new TypeError(`no hash in the file name "${file}"`);
  return { algorithm: "sha256", hex };
}

function aliasesOf(row: Row): string[] {
  const aliases = new Set<string>();
  // open_clip writes `_` between the parts of a tag where clip_server sometimes writes `-`.
  aliases.add(`${row.architecture}::${row.tag.replaceAll("-", "_")}`);
  if (row.activation === "quick_gelu") {
    aliases.add(`${row.architecture}-quickgelu::${row.tag}`);
  }
  aliases.add(row.hub);
  aliases.delete(`${row.architecture}::${row.tag}`);
  return [...aliases];
}

function notesOf(row: Row): string[] {
  const notes: string[] = [];
  if (row.activation === "quick_gelu") {
    notes.push(
      "Trained with QuickGELU, which is used here; clip-as-service ran these weights with GELU, " +
        "so its embeddings differ.",
    );
  }
  if (row.half) {
    notes.push(
      "Images are normalised with mean and standard deviation 0.5, as trained; clip-as-service " +
        "used OpenAI's statistics for every model, so its image embeddings differ.",
    );
  }
  return notes;
}

function entry(row: Row): CatalogEntry {
  const name = `${row.architecture}::${row.tag}`;
  const onnx = onnxPairOf(name);
  const stem = `${row.architecture}-${row.tag}`;
  const md5: Digest = { algorithm: "md5", hex: row.md5 };
  const checkpoints: CheckpointSource[] = [];
  const cached = [
    // clip-as-service kept hub files with their ending .bin and release files as .pt.
    { file: row.release === undefined ? `${stem}.bin` : `${stem}.pt`, digests: [md5] },
  ];
  if (row.release !== undefined) {
    const digest = releaseDigest(row.release);
    checkpoints.push({
      kind: "url",
      url: `${RELEASES}/${row.release}`,
      file: row.release,
      digest,
    });
    cached.push({ file: row.release, digests: [digest, md5] });
  }
  checkpoints.push({ kind: "hub", repository: row.hub, files: OPEN_CLIP_FILES });
  return {
    name,
    aliases: aliasesOf(row),
    publisher: "OpenCLIP",
    architecture: row.half
      ? architectureOf(row.architecture, row.activation, HALF, HALF)
      : architectureOf(row.architecture, row.activation),
    ...(row.activation === "quick_gelu" ? { clipAsServiceActivation: "gelu" as const } : {}),
    checkpoints,
    cached,
    ...(onnx === undefined ? {} : { onnx }),
    notes: notesOf(row),
  };
}

/** OpenCLIP's models, in the order of clip_server's table. */
export const OPEN_CLIP_MODELS: readonly CatalogEntry[] = ROWS.map(entry);
