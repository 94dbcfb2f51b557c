/** transformers' names of BERT, RoBERTa and XLM-RoBERTa, and what stands around them in each layout. */
import { type KeyRule, qkv } from "./key_map.ts";

/** The tower under `prefix`. Its pooler (`pooler.dense`) is used by nobody. */
export function bertKeys(prefix: string): readonly KeyRule[] {
  const from = `${prefix}encoder.layer.{n}`;
  const to = "transformer.resblocks.{n}";
  return [
    [`${prefix}embeddings.word_embeddings.weight`, "token_embedding.weight"],
    [`${prefix}embeddings.position_embeddings.weight`, "positional_embedding"],
    [`${prefix}embeddings.token_type_embeddings.weight`, "token_type_embedding"],
    [`${prefix}embeddings.LayerNorm.{w}`, "ln_embed.{w}"],
    [`${from}.attention.self.query.{w}`, `${to}.attn.in_proj_{w}`, qkv("q")],
    [`${from}.attention.self.key.{w}`, `${to}.attn.in_proj_{w}`, qkv("k")],
    [`${from}.attention.self.value.{w}`, `${to}.attn.in_proj_{w}`, qkv("v")],
    [`${from}.attention.output.dense.{w}`, `${to}.attn.out_proj.{w}`],
    [`${from}.attention.output.LayerNorm.{w}`, `${to}.ln_1.{w}`],
    [`${from}.intermediate.dense.{w}`, `${to}.mlp.c_fc.{w}`],
    [`${from}.output.dense.{w}`, `${to}.mlp.c_proj.{w}`],
    [`${from}.output.LayerNorm.{w}`, `${to}.ln_2.{w}`],
    [`${prefix}pooler.dense.{w}`, null],
  ];
}

/** OpenCLIP's projection behind a text tower of transformers: one layer, or two. */
export const OPEN_CLIP_HF_PROJECTION: readonly KeyRule[] = [
  ["text.proj.weight", "text_projection", "transposed"],
  ["text.proj.0.weight", "text_projection.0.weight"],
  ["text.proj.2.weight", "text_projection.2.weight"],
];

/** M-CLIP's layer behind its text tower. */
export const M_CLIP_PROJECTION: readonly KeyRule[] = [
  ["LinearTransformation.{w}", "text_projection.{w}"],
];

/** Chinese-CLIP's own matrix. */
export const CHINESE_CLIP_PROJECTION: readonly KeyRule[] = [
  ["text_projection", "text_projection"],
];

/** transformers' matrix. */
export const TRANSFORMERS_TEXT_PROJECTION: readonly KeyRule[] = [
  ["text_projection.weight", "text_projection", "transposed"],
];
