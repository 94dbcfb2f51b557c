/** timm's names of vision transformers, as OpenCLIP keeps them under `visual.trunk.`. */
import { type KeyRule, qkv, qkvWithoutKeyBias } from "./key_map.ts";

const FROM = "visual.trunk.blocks.{n}";
const TO = "visual.transformer.resblocks.{n}";
const POOL = "visual.attn_pool";
const POOL_PARTS = ["q", "kv"] as const;

/** What all of them have. */
const COMMON: readonly KeyRule[] = [
  ["visual.trunk.cls_token", "visual.class_embedding", "vector"],
  ["visual.trunk.pos_embed", "visual.positional_embedding", "rows"],
  ["visual.trunk.patch_embed.proj.{w}", "visual.conv1.{w}"],
  ["visual.trunk.norm.{w}", "visual.ln_post.{w}"],
  ["visual.trunk.head.{w}", "visual.proj.{w}"],
  [`${FROM}.norm1.{w}`, `${TO}.ln_1.{w}`],
  [`${FROM}.norm2.{w}`, `${TO}.ln_2.{w}`],
  [`${FROM}.attn.proj.{w}`, `${TO}.attn.out_proj.{w}`],
];

/** `VisionTransformer` with attention pooling (SigLIP). */
export const TIMM_SIGLIP: readonly KeyRule[] = [
  ...COMMON,
  [`${FROM}.attn.qkv.{w}`, `${TO}.attn.in_proj_{w}`],
  [`${FROM}.mlp.fc1.{w}`, `${TO}.mlp.c_fc.{w}`],
  [`${FROM}.mlp.fc2.{w}`, `${TO}.mlp.c_proj.{w}`],
  ["visual.trunk.attn_pool.latent", `${POOL}.probe`, "vector"],
  [
    "visual.trunk.attn_pool.q.{w}",
    `${POOL}.attn.in_proj_{w}`,
    { part: "q", of: POOL_PARTS },
  ],
  [
    "visual.trunk.attn_pool.kv.{w}",
    `${POOL}.attn.in_proj_{w}`,
    { part: "kv", of: POOL_PARTS },
  ],
  ["visual.trunk.attn_pool.proj.{w}", `${POOL}.attn.out_proj.{w}`],
  ["visual.trunk.attn_pool.norm.{w}", `${POOL}.ln.{w}`],
  ["visual.trunk.attn_pool.mlp.fc1.{w}", `${POOL}.mlp.c_fc.{w}`],
  ["visual.trunk.attn_pool.mlp.fc2.{w}", `${POOL}.mlp.c_proj.{w}`],
];

/** `Eva` with queries, keys and values apart (EVA-02). */
export const TIMM_EVA02: readonly KeyRule[] = [
  ...COMMON,
  [`${FROM}.attn.q_proj.weight`, `${TO}.attn.in_proj_weight`, qkv("q")],
  [`${FROM}.attn.k_proj.weight`, `${TO}.attn.in_proj_weight`, qkv("k")],
  [`${FROM}.attn.v_proj.weight`, `${TO}.attn.in_proj_weight`, qkv("v")],
  [`${FROM}.attn.q_proj.bias`, `${TO}.attn.in_proj_bias`, qkvWithoutKeyBias("q")],
  [`${FROM}.attn.v_proj.bias`, `${TO}.attn.in_proj_bias`, qkvWithoutKeyBias("v")],
  [`${FROM}.attn.norm.{w}`, `${TO}.attn.ln.{w}`],
  [`${FROM}.mlp.fc1_g.{w}`, `${TO}.mlp.c_gate.{w}`],
  [`${FROM}.mlp.fc1_x.{w}`, `${TO}.mlp.c_fc.{w}`],
  [`${FROM}.mlp.norm.{w}`, `${TO}.mlp.ln.{w}`],
  [`${FROM}.mlp.fc2.{w}`, `${TO}.mlp.c_proj.{w}`],
];
