/**
 * The layouts in which models are published: how their names show them, their key maps, and what is
 * true of all models in them. A new one is an entry here.
 */
import type { CheckpointHints, TowerFacts } from "../facts.ts";
import {
  bertKeys,
  CHINESE_CLIP_PROJECTION,
  M_CLIP_PROJECTION,
  OPEN_CLIP_HF_PROJECTION,
  TRANSFORMERS_TEXT_PROJECTION,
} from "./bert.ts";
import type { KeyRule } from "./key_map.ts";
import { COCA_KEYS, CUSTOM_TEXT_KEYS, LOGITS, OPENAI_TEXT_KEYS, OPENAI_VISUAL } from "./openai.ts";
import { TIMM_EVA02, TIMM_SIGLIP } from "./timm.ts";
import { SIGLIP_HEADS, TRANSFORMERS_TEXT, TRANSFORMERS_VISION } from "./transformers.ts";

/** Names of the layouts, as `model info` prints them. */
export type NamingScheme =
  /** openai/CLIP, and OpenCLIP's plain `CLIP` class, which kept the names. */
  | "openai"
  /** OpenCLIP's `CustomTextCLIP`: OpenAI's names with the text tower under `text.`. */
  | "open_clip_custom_text"
  /** OpenCLIP's `CoCa`. */
  | "open_clip_coca"
  /** The same with a text tower of transformers (XLM-RoBERTa and its relatives). */
  | "open_clip_hf_text"
  /** OpenCLIP's with a vision tower of timm: SigLIP's, EVA-02's. */
  | "open_clip_timm_siglip"
  | "open_clip_timm_eva02"
  /** Chinese-CLIP's own `.pt` files. */
  | "chinese_clip"
  /** transformers' `CLIPModel`, `SiglipModel`, `ChineseCLIPModel`. */
  | "huggingface"
  | "huggingface_siglip"
  | "huggingface_chinese_clip"
  /** M-CLIP: a text tower alone. */
  | "m_clip";

/** Whose config files say more of a model, and whose way from image to pixels holds. */
export type ConfigFamily = "transformers" | "open_clip";

/** A layout. */
export interface Layout {
  readonly name: NamingScheme;
  /** Each of these fits a name. */
  readonly signs: readonly RegExp[];
  readonly keys: readonly KeyRule[];
  readonly configs: ConfigFamily;
  /** What is so in every model of the layout. */
  readonly facts: TowerFacts;
  /** What is so where neither a config nor the caller says otherwise. */
  readonly likely: CheckpointHints;
}

/** A post-norm encoder that sees everything but padding. */
const BERT_FACTS = {
  norm: "post",
  embeddingNorm: true,
  finalNorm: false,
  mask: "padding",
  layerScale: false,
} as const;

const SIGLIP_VISION = {
  classToken: false,
  preNorm: false,
  pooling: "map",
  finalNorm: "before_pooling",
  projection: "none",
} as const;

/** Of a published file, whichever lies beside the weights; nothing is done to texts before. */
const PUBLISHED_TOKENIZER = {
  kind: "file",
  file: "tokenizer.json",
  format: "tokenizer_json",
  clean: "none",
  stripSep: false,
} as const;
const OPEN_CLIP_TOKENIZER = { ...PUBLISHED_TOKENIZER, clean: "open_clip_whitespace" } as const;

/** Both sides become the model's size. */
const SQUASH = { filter: "bicubic", fill: 0, mode: "squash" } as const;
const HALF = [0.5, 0.5, 0.5] as const;

const CHINESE_CLIP_LIKELY: CheckpointHints = {
  resize: SQUASH,
  text: {
    tokenizer: { ...PUBLISHED_TOKENIZER, file: "vocab.txt", format: "wordpiece_uncased" },
    activation: "gelu",
    eps: 1e-12,
    positionsCount: "all",
    padId: 0,
    pooling: { kind: "first" },
    contextLength: 52,
  },
};

/** The layouts, the more particular ones first. */
export const LAYOUTS: readonly Layout[] = [
  {
    name: "huggingface_siglip",
    signs: [/^vision_model\.head\./],
    keys: [...LOGITS, ...SIGLIP_HEADS, ...TRANSFORMERS_VISION, ...TRANSFORMERS_TEXT],
    configs: "transformers",
    facts: { vision: SIGLIP_VISION, text: { mask: "none", pooling: { kind: "last" } } },
    likely: {
      mean: HALF,
      std: HALF,
      resize: SQUASH,
      vision: { activation: "gelu_tanh", eps: 1e-6 },
      text: {
        activation: "gelu_tanh",
        eps: 1e-6,
        padId: 1,
        tokenizer: {
          ...PUBLISHED_TOKENIZER,
          file: "spiece.model",
          format: "sentencepiece",
          clean: "siglip",
        },
      },
    },
  },
  {
    name: "huggingface_chinese_clip",
    signs: [/^text_model\.embeddings\.word_embeddings\./, /^vision_model\./],
    keys: [
      ...LOGITS,
      ...TRANSFORMERS_VISION,
      ...bertKeys("text_model."),
      ...TRANSFORMERS_TEXT_PROJECTION,
    ],
    configs: "transformers",
    facts: { text: BERT_FACTS },
    likely: CHINESE_CLIP_LIKELY,
  },
  {
    name: "huggingface",
    signs: [/^(text|vision)_model\./],
    keys: [...LOGITS, ...TRANSFORMERS_VISION, ...TRANSFORMERS_TEXT],
    configs: "transformers",
    facts: {},
    likely: {},
  },
  {
    name: "open_clip_timm_siglip",
    signs: [/^visual\.trunk\.attn_pool\./, /^text\.token_embedding\./],
    keys: [...LOGITS, ...TIMM_SIGLIP, ...CUSTOM_TEXT_KEYS],
    configs: "open_clip",
    facts: { vision: SIGLIP_VISION, text: { mask: "none", pooling: { kind: "last" } } },
    likely: {
      mean: HALF,
      std: HALF,
      resize: SQUASH,
      vision: { activation: "gelu", eps: 1e-6 },
      text: {
        activation: "gelu",
        eps: 1e-6,
        padId: 1,
        tokenizer: { ...OPEN_CLIP_TOKENIZER, clean: "open_clip_canonicalize" },
      },
    },
  },
  {
    name: "open_clip_timm_eva02",
    signs: [/^visual\.trunk\.blocks\.\d+\.mlp\.fc1_g\./, /^text\.token_embedding\./],
    keys: [...LOGITS, ...TIMM_EVA02, ...CUSTOM_TEXT_KEYS],
    configs: "open_clip",
    facts: {
      vision: { preNorm: false, gated: true, innerNorms: true, rotaryGrid: 16 },
    },
    likely: { vision: { eps: 1e-6, pooling: "class" }, text: { activation: "gelu" } },
  },
  {
    name: "open_clip_hf_text",
    signs: [/^visual\.conv1\./, /^text\.transformer\.embeddings\.word_embeddings\./],
    keys: [
      ...LOGITS,
      ...OPENAI_VISUAL,
      ...bertKeys("text.transformer."),
      ...OPEN_CLIP_HF_PROJECTION,
    ],
    configs: "open_clip",
    facts: { text: BERT_FACTS },
    likely: {
      vision: { activation: "gelu" },
      text: {
        activation: "gelu",
        eps: 1e-5,
        positionsCount: "unpadded",
        padId: 1,
        pooling: { kind: "mean" },
        contextLength: 77,
        tokenizer: OPEN_CLIP_TOKENIZER,
      },
    },
  },
  {
    name: "chinese_clip",
    signs: [/^visual\./, /^bert\.embeddings\./],
    keys: [...LOGITS, ...OPENAI_VISUAL, ...bertKeys("bert."), ...CHINESE_CLIP_PROJECTION],
    configs: "open_clip",
    facts: { text: BERT_FACTS },
    likely: {
      ...CHINESE_CLIP_LIKELY,
      text: {
        ...CHINESE_CLIP_LIKELY.text,
        tokenizer: {
          ...PUBLISHED_TOKENIZER,
          file: "vocab.txt",
          format: "wordpiece_chinese_clip",
        },
      },
    },
  },
  {
    name: "open_clip_coca",
    signs: [/^visual\.attn_pool\.query$/, /^text\.cls_emb$/],
    keys: [...LOGITS, ...OPENAI_VISUAL, ...COCA_KEYS, ...CUSTOM_TEXT_KEYS],
    configs: "open_clip",
    facts: {
      vision: { pooling: "queries", finalNorm: "after_pooling" },
      text: { pooling: { kind: "class" }, mask: "causal" },
    },
    likely: { vision: { activation: "gelu" }, text: { activation: "gelu" } },
  },
  {
    name: "open_clip_custom_text",
    signs: [/^visual\./, /^text\./],
    keys: [...LOGITS, ...OPENAI_VISUAL, ...CUSTOM_TEXT_KEYS],
    configs: "open_clip",
    facts: {},
    likely: {},
  },
  {
    name: "openai",
    signs: [/^visual\./],
    keys: [...LOGITS, ...OPENAI_VISUAL, ...OPENAI_TEXT_KEYS],
    configs: "open_clip",
    facts: {},
    likely: {},
  },
  {
    name: "openai",
    signs: [/^transformer\.resblocks\./, /^token_embedding\./],
    keys: [...LOGITS, ...OPENAI_VISUAL, ...OPENAI_TEXT_KEYS],
    configs: "open_clip",
    facts: {},
    likely: {},
  },
];

/** M-CLIP's text towers, which belong to the images of another model. */
export const M_CLIP: Layout = {
  name: "m_clip",
  signs: [/^LinearTransformation\./, /^transformer\.embeddings\.word_embeddings\./],
  keys: [...bertKeys("transformer."), ...M_CLIP_PROJECTION],
  configs: "transformers",
  facts: { text: BERT_FACTS },
  likely: {
    text: {
      pooling: { kind: "mean" },
      contextLength: 77,
      activation: "gelu",
      tokenizer: PUBLISHED_TOKENIZER,
    },
  },
};
