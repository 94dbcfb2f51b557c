/**
 * Repositories of the Hugging Face hub that hold a model's weights. Other programs call the model by
 * them, whatever files they keep there, so these are names, not places to download from.
 */
import { CLIP_SERVER_MD5 } from "./clip_server.ts";
import type { CatalogEntry } from "./entry.ts";

/**
 * Beside those that the catalog downloads from. Sources: open_clip_torch 3.3.0 `pretrained.py`
 * (`timm/…`), sentence-transformers' model list, fastembed 0.9.1 `clip_embedding.py` and
 * `onnx_embedding.py` (`Qdrant/…`), facebookresearch/MetaCLIP's README (`facebook/…`).
 */
const SAME_WEIGHTS: Readonly<Record<string, readonly string[]>> = {
  "ViT-B-32::openai": [
    "timm/vit_base_patch32_clip_224.openai",
    "sentence-transformers/clip-ViT-B-32",
    "Qdrant/clip-ViT-B-32-text",
    "Qdrant/clip-ViT-B-32-vision",
  ],
  "ViT-B-16::openai": [
    "timm/vit_base_patch16_clip_224.openai",
    "sentence-transformers/clip-ViT-B-16",
  ],
  "ViT-L-14::openai": [
    "timm/vit_large_patch14_clip_224.openai",
    "sentence-transformers/clip-ViT-L-14",
  ],
  "ViT-L-14-336::openai": ["timm/vit_large_patch14_clip_336.openai"],
  "ViT-B-32::metaclip_400m": ["facebook/metaclip-b32-400m"],
  "ViT-B-32::metaclip_fullcc": ["facebook/metaclip-b32-fullcc2.5b"],
  "ViT-B-16::metaclip_400m": ["facebook/metaclip-b16-400m"],
  "ViT-B-16::metaclip_fullcc": ["facebook/metaclip-b16-fullcc2.5b"],
  "ViT-L-14::metaclip_400m": ["facebook/metaclip-l14-400m"],
  "ViT-L-14::metaclip_fullcc": ["facebook/metaclip-l14-fullcc2.5b"],
  "ViT-H-14::metaclip_fullcc": ["facebook/metaclip-h14-fullcc2.5b"],
  "ViT-H-14-worldwide::metaclip2_worldwide": ["facebook/metaclip-2-worldwide-huge-quickgelu"],
  "ViT-H-14-worldwide-378::metaclip2_worldwide": ["facebook/metaclip-2-worldwide-huge-378"],
  "ViT-bigG-14-worldwide::metaclip2_worldwide": ["facebook/metaclip-2-worldwide-giant"],
  "ViT-bigG-14-worldwide-378::metaclip2_worldwide": ["facebook/metaclip-2-worldwide-giant-378"],
};

/** Every hub repository, `owner/name`, that a model is known by. */
export function repositoriesOf(model: CatalogEntry): string[] {
  const repositories = new Set<string>();
  for (const source of model.checkpoints) {
    if (source.kind === "hub") repositories.add(source.repository);
  }
  if (model.onnxHub !== undefined) repositories.add(model.onnxHub.repository);
  for (const repository of SAME_WEIGHTS[model.name] ?? []) repositories.add(repository);
  const immich = immichName(model);
  if (immich !== undefined) repositories.add(`immich-app/${immich}`);
  return [...repositories];
}

/** Immich's models, but those that are called as in clip_server: every one of that has its name. */
const IMMICH_LATER =
  /^(ViT-(B-16|B-32|L-16|SO400M-14|SO400M-16|gopt-16)-SigLIP2?(-i18n)?(-\d+)?::webli|ViT-H-14(-378)?::dfn5b|ViT-L-14::dfn2b)$/;

/**
 * Immich's name of a model, e.g. `ViT-B-32__openai`, if it has it. Source: immich-app/immich@093617f
 * `machine-learning/immich_ml/models/constants.py`.
 */
function immichName(model: CatalogEntry): string | undefined {
  const { name } = model;
  if (name.startsWith("M-CLIP/")) return name.slice("M-CLIP/".length);
  const early = model.family === "openai" || Object.hasOwn(CLIP_SERVER_MD5, name);
  if (!IMMICH_LATER.test(name) && (!early || name.startsWith("roberta-"))) return undefined;
  const quick = model.family === "dfn" ? "-quickgelu" : "";
  return name.replaceAll("::", `${quick}__`).replaceAll("/", "-");
}
