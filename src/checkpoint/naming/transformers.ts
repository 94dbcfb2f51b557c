/** Hugging Face transformers' names of `CLIPModel` and `SiglipModel`. */
import { type KeyRule, qkv } from "./key_map.ts";

function blocks(tower: string, prefix: string): readonly KeyRule[] {
  const from = `${tower}.encoder.layers.{n}`;
  const to = `${prefix}transformer.resblocks.{n}`;
  return [
    [`${from}.layer_norm1.{w}`, `${to}.ln_1.{w}`],
    [`${from}.layer_norm2.{w}`, `${to}.ln_2.{w}`],
    [`${from}.mlp.fc1.{w}`, `${to}.mlp.c_fc.{w}`],
    [`${from}.mlp.fc2.{w}`, `${to}.mlp.c_proj.{w}`],
    [`${from}.self_attn.out_proj.{w}`, `${to}.attn.out_proj.{w}`],
    [`${from}.self_attn.q_proj.{w}`, `${to}.attn.in_proj_{w}`, qkv("q")],
    [`${from}.self_attn.k_proj.{w}`, `${to}.attn.in_proj_{w}`, qkv("k")],
    [`${from}.self_attn.v_proj.{w}`, `${to}.attn.in_proj_{w}`, qkv("v")],
  ];
}

/** `CLIPModel`'s vision tower. */
export const TRANSFORMERS_VISION: readonly KeyRule[] = [
  ["vision_model.embeddings.class_embedding", "visual.class_embedding"],
  ["vision_model.embeddings.patch_embedding.{w}", "visual.conv1.{w}"],
  ["vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"],
  // The spelling is transformers' own, kept since 2021 for the files' sake.
  ["vision_model.pre_layrnorm.{w}", "visual.ln_pre.{w}"],
  ["vision_model.post_layernorm.{w}", "visual.ln_post.{w}"],
  ["visual_projection.weight", "visual.proj", "transposed"],
  ...blocks("vision_model", "visual."),
];

/** `CLIPModel`'s text tower. */
export const TRANSFORMERS_TEXT: readonly KeyRule[] = [
  ["text_model.embeddings.token_embedding.weight", "token_embedding.weight"],
  ["text_model.embeddings.position_embedding.weight", "positional_embedding"],
  ["text_model.final_layer_norm.{w}", "ln_final.{w}"],
  ["text_projection.weight", "text_projection", "transposed"],
  ...blocks("text_model", ""),
];

/** What `SiglipModel` has beside: its heads. */
export const SIGLIP_HEADS: readonly KeyRule[] = [
  ["text_model.head.{w}", "text_projection.{w}"],
  ["vision_model.head.probe", "visual.attn_pool.probe", "vector"],
  ["vision_model.head.attention.in_proj_{w}", "visual.attn_pool.attn.in_proj_{w}"],
  ["vision_model.head.attention.out_proj.{w}", "visual.attn_pool.attn.out_proj.{w}"],
  ["vision_model.head.layernorm.{w}", "visual.attn_pool.ln.{w}"],
  ["vision_model.head.mlp.fc1.{w}", "visual.attn_pool.mlp.c_fc.{w}"],
  ["vision_model.head.mlp.fc2.{w}", "visual.attn_pool.mlp.c_proj.{w}"],
];
