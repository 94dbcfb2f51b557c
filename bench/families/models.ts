/** Which models are measured: one of each family, under its name in the catalog. */
import { join } from "node:path";
import { LAYOUTS, M_CLIP, type NamingScheme } from "../../src/checkpoint/naming/layouts.ts";
import { expectedShapes, isOfText } from "../../src/checkpoint/naming/shapes.ts";
import { type CatalogEntry, findModel } from "../../src/model/catalog/catalog.ts";
import { writeRandomCheckpoint } from "../random_checkpoint.ts";
import { publishedTensors } from "./published_tensors.ts";
import { writeSafetensors } from "./safetensors_writer.ts";
import { writeTokenizer } from "./tokenizers.ts";
import { writeTorchSave } from "./torch_save_writer.ts";

/** A model to be measured. */
export interface FamilyModel {
  /** In the catalog. */
  readonly name: string;
  /** How the weights are published. */
  readonly layout: NamingScheme;
  /** The weights' file. */
  readonly file: string;
  /** Whether it is only converted: its tower says nothing new, or a core takes seconds an image. */
  readonly convertOnly?: boolean;
  /** M-CLIP: the model whose images it belongs to. */
  readonly images?: string;
}

/** The models, in the order of the table. */
export const FAMILY_MODELS: readonly FamilyModel[] = [
  {
    name: "google/siglip2-base-patch16-224",
    layout: "huggingface_siglip",
    file: "model.safetensors",
  },
  {
    name: "xlm-roberta-base-ViT-B-32::laion5b-s13b-b90k",
    layout: "open_clip_hf_text",
    file: "open_clip_pytorch_model.bin",
  },
  {
    name: "CN-CLIP/ViT-B-16",
    layout: "huggingface_chinese_clip",
    file: "pytorch_model.bin",
  },
  {
    name: "EVA02-B-16::merged2b_s8b_b131k",
    layout: "open_clip_timm_eva02",
    file: "open_clip_model.safetensors",
  },
  {
    name: "M-CLIP/XLM-Roberta-Large-Vit-B-32",
    layout: "m_clip",
    file: "pytorch_model.bin",
    images: "ViT-B-32::openai",
  },
  {
    name: "ViT-L-14-CLIPA::datacomp1b",
    layout: "openai",
    file: "open_clip_model.safetensors",
    convertOnly: true,
  },
  {
    name: "ViT-SO400M-14-SigLIP2::webli",
    layout: "open_clip_timm_siglip",
    file: "open_clip_model.safetensors",
    convertOnly: true,
  },
  {
    name: "ViT-H-14-worldwide::metaclip2_worldwide",
    layout: "openai",
    file: "open_clip_model.safetensors",
    convertOnly: true,
  },
];

/** The catalog's entry. @throws {Error} if there is none. */
export function entryOf(name: string): CatalogEntry {
  const found = findModel(name);
  if (!found.ok) throw new Error(found.message);
  return found.model;
}

/**
 * Writes the model into `folder` as it is published, with random weights.
 * @returns bytes of the weights' files
 */
export function writeFamilyModel(folder: string, model: FamilyModel, seed = 1): number {
  const { architecture } = entryOf(model.name);
  const shapes = expectedShapes(architecture);
  const files: string[] = [];
  let own = folder;
  if (model.images !== undefined) {
    own = join(folder, "text");
    const images = join(folder, "image");
    for (const each of [own, images]) Deno.mkdirSync(each);
    for (const name of shapes.keys()) if (!isOfText(name)) shapes.delete(name);
    files.push(join(images, "model.pt"));
    writeRandomCheckpoint(files[0]!, entryOf(model.images).architecture);
  }
  const layout = [...LAYOUTS, M_CLIP].find(({ name }) => name === model.layout)!;
  const tensors = publishedTensors(shapes, layout.keys);
  const file = join(own, model.file);
  files.push(file);
  (file.endsWith(".safetensors") ? writeSafetensors : writeTorchSave)(file, tensors, seed);
  const { tokenizer, vocabSize } = architecture.text;
  if (tokenizer.kind === "file") writeTokenizer(own, tokenizer, vocabSize);
  // A file that was just written is hashed twice: its time stamp must be seconds old.
  for (const each of files) Deno.utimeSync(each, new Date(0), new Date(0));
  return files.reduce((sum, each) => sum + Deno.statSync(each).size, 0);
}

if (import.meta.main) {
  const [name, folder] = Deno.args;
  const model = FAMILY_MODELS.find((each) => each.name === name);
  if (model === undefined || folder === undefined) Deno.exit(2);
  Deno.mkdirSync(folder, { recursive: true });
  writeFamilyModel(folder, model);
}
