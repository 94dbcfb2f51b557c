/**
 * Repositories of the Hugging Face hub that hold a model's weights. Other programs call the model by
 * them, whatever files they keep there, so these are names, not places to download from.
 */
import type { CatalogEntry } from "./entry.ts";

/**
 * Beside those that the catalog downloads from. Sources: open_clip_torch 3.3.0 `pretrained.py`
 * (`timm/…`), sentence-transformers' model list, fastembed 0.9.1 `clip_embedding.py` and
 * `onnx_embedding.py` (`Qdrant/…`).
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
};

/** Every hub repository, `owner/name`, that a model is known by. */
export function repositoriesOf(model: CatalogEntry): string[] {
  const repositories = new Set<string>();
  for (const source of model.checkpoints) {
    if (source.kind === "hub") repositories.add(source.repository);
  }
  if (model.onnxHub !== undefined) repositories.add(model.onnxHub.repository);
  for (const repository of SAME_WEIGHTS[model.name] ?? []) repositories.add(repository);
  return [...repositories, `immich-app/${immichName(model)}`];
}

/**
 * Immich's name of a model, e.g. `ViT-B-32__openai`. Source: immich-app/immich@093617f
 * `machine-learning/immich_ml/models/constants.py`, which has every model of the catalog.
 */
function immichName({ name }: CatalogEntry): string {
  return name.replaceAll("::", "__").replaceAll("/", "-");
}
