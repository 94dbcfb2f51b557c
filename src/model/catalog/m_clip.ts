/**
 * M-CLIP's models: a multilingual text tower each, and the CLIP model whose images it was taught to
 * match. Sources: clip_server 0.8.3 `mclip_model.py` (which images), multilingual-clip 1.0.10, the
 * configs of xlm-roberta-large and sentence-transformers/LaBSE (sizes).
 */
import { parseMClipConfig } from "../../checkpoint/configs/m_clip.ts";
import { M_CLIP } from "../../checkpoint/naming/layouts.ts";
import { OPENAI_TEXT } from "../../checkpoint/openai.ts";
import type { TextArchitecture } from "../../checkpoint/state_dict.ts";
import { besideWeights } from "./beside.ts";
import type { CatalogEntry } from "./entry.ts";
import { FAMILIES } from "./families.ts";
import { OPEN_CLIP_MODELS } from "./open_clip.ts";
import { bertSizes, ROBERTA } from "./open_clip_architecture.ts";
import { OPENAI_MODELS } from "./openai.ts";

/** What a text tower was made from. */
interface Base {
  modelBase: string;
  large: boolean;
  sizes: Pick<TextArchitecture, "vocabSize" | "positionRows" | "tokenTypes">;
  /** Files of the tokenizer, best first. */
  tokenizers: readonly string[];
  languages: string;
}

const XLM_ROBERTA: Base = {
  modelBase: "xlm-roberta-large",
  large: true,
  sizes: { ...ROBERTA, vocabSize: 250_002 },
  tokenizers: ["tokenizer.json", "sentencepiece.bpe.model"],
  languages: FAMILIES["m-clip"].languages,
};

const LABSE: Base = {
  modelBase: "sentence-transformers/LaBSE",
  large: false,
  sizes: { vocabSize: 501_153, positionRows: 512, tokenTypes: 2 },
  tokenizers: ["tokenizer.json", "vocab.txt"],
  languages: "109 (LaBSE's)",
};

const ROWS = [
  { name: "XLM-Roberta-Large-Vit-B-32", base: XLM_ROBERTA, images: "ViT-B-32::openai" },
  { name: "XLM-Roberta-Large-Vit-L-14", base: XLM_ROBERTA, images: "ViT-L-14::openai" },
  {
    name: "XLM-Roberta-Large-Vit-B-16Plus",
    base: XLM_ROBERTA,
    images: "ViT-B-16-plus-240::laion400m_e31",
  },
  { name: "LABSE-Vit-L-14", base: LABSE, images: "ViT-L-14::openai" },
] as const;

function textTower({ modelBase, large, sizes }: Base): TextArchitecture {
  const { text = {} } = parseMClipConfig({ model_type: "M-CLIP", modelBase }, "config.json");
  const facts = { ...M_CLIP.likely.text, ...M_CLIP.facts.text, ...text };
  const { headWidth: _, ...stated } = facts;
  return {
    ...OPENAI_TEXT,
    contextLength: 77,
    ...stated,
    ...sizes,
    ...bertSizes(large),
    projection: "linear",
  };
}

function entry({ name, base, images }: typeof ROWS[number]): CatalogEntry {
  const model = [...OPENAI_MODELS, ...OPEN_CLIP_MODELS].find((each) => each.name === images);
  if (model === undefined) throw new TypeError(`there is no ${images}`);
  const { publisher, licence } = FAMILIES["m-clip"];
  const repository = `M-CLIP/${name}`;
  return {
    name: repository,
    aliases: [],
    family: "m-clip",
    publisher,
    languages: base.languages,
    ...(licence === undefined ? {} : { licence }),
    architecture: { ...model.architecture, text: textTower(base) },
    checkpoints: [{
      kind: "hub",
      repository,
      files: ["model.safetensors", "pytorch_model.bin"],
      beside: besideWeights({ configs: ["config.json"], tokenizers: base.tokenizers }),
    }],
    images: model,
    cached: [],
    notes: [`Texts are M-CLIP's, images those of ${images}: two downloads.`],
  };
}

/** M-CLIP's models, in the order of clip_server's table. */
export const M_CLIP_MODELS: readonly CatalogEntry[] = ROWS.map(entry);
