/** `vision_cfg` of OpenCLIP's config (`CLIPVisionCfg`). */
import type { VisionFacts } from "../facts.ts";
import type { Activation } from "../state_dict.ts";
import {
  type ConfigSection,
  PLAIN_BLOCKS,
  readActivation,
  readEpsilon,
} from "./open_clip_section.ts";

/** OpenCLIP's default. */
const DEFAULT_HEAD_WIDTH = 64;

/** Reads it; what does not fit is refused in `section`. */
export function readVisionSection(section: ConfigSection, quickGelu: boolean): VisionFacts {
  section.ignore(
    "layers",
    "width",
    "patch_size",
    "image_size",
    "mlp_ratio",
    // Of training, and of what is returned beside the embedding.
    "patch_dropout",
    "output_tokens",
    "attn_pooler_queries",
    "timm_model_pretrained",
    "timm_drop",
    "timm_drop_path",
  );
  section.plain({
    ...PLAIN_BLOCKS,
    attn_pooler: false,
    global_average_pool: false,
    input_patchnorm: false,
    pos_embed_type: "learnable",
  });
  const facts = section.value("timm_model_name") === undefined
    ? ownTower(section, quickGelu)
    : timmTower(section);
  section.refuseOthers();
  return facts;
}

function ownTower(section: ConfigSection, quickGelu: boolean): VisionFacts {
  section.ignore("timm_pool", "timm_proj", "timm_proj_bias");
  const queryHeads = section.integer("attn_pooler_heads");
  const byQueries = section.flag("attentional_pool");
  const plain = section.choice("pool_type", { tok: "class", avg: "average" } as const, "class");
  if (byQueries && plain === "average") section.refuse("pool_type", "wanted 'tok' with queries");
  const after = section.flag("final_ln_after_pool") || byQueries;
  return {
    activation: readActivation(section, quickGelu),
    eps: readEpsilon(section),
    headWidth: section.integer("head_width") ?? DEFAULT_HEAD_WIDTH,
    layerScale: section.number("ls_init_value") !== undefined,
    preNorm: !section.flag("no_ln_pre"),
    pooling: byQueries ? "queries" : plain,
    finalNorm: after ? "after_pooling" : "before_pooling",
    ...(queryHeads === undefined ? {} : { queryHeads }),
  };
}

/** A tower of timm: its model's name says what it is. */
function timmTower(section: ConfigSection): VisionFacts {
  // Of OpenCLIP's own towers.
  section.ignore("attn_pooler_heads", "attentional_pool");
  section.ignore("head_width", "act_kwargs", "norm_kwargs", "ls_init_value", "pool_type");
  section.ignore("no_ln_pre", "final_ln_after_pool");
  const name = section.value("timm_model_name");
  const [plain = ""] = typeof name === "string" ? name.split(".") : [];
  const siglip = /^vit_(base|large|so400m|giantopt)_patch\d+_siglip_\d+$/.exec(plain);
  if (siglip !== null) {
    section.choice("timm_pool", { map: true }, true);
    section.choice("timm_proj", { none: true, "": true }, true);
    section.ignore("timm_proj_bias");
    return {
      activation: siglipActivation(plain),
      eps: 1e-6,
      headWidth: SIGLIP_HEAD_WIDTHS[siglip[1] as keyof typeof SIGLIP_HEAD_WIDTHS],
    };
  }
  if (/^eva02_(base|large)_patch\d+_clip_\d+$/.test(plain)) {
    section.choice("timm_pool", { token: true, "": true }, true);
    section.plain({ timm_proj: "", timm_proj_bias: false });
    return { eps: 1e-6, headWidth: DEFAULT_HEAD_WIDTH, pooling: "class", rotaryGrid: 16 };
  }
  section.refuse("timm_model_name", "only SigLIP's and EVA-02's vision transformers are supported");
  section.ignore("timm_pool", "timm_proj", "timm_proj_bias");
  return {};
}

/** 12, 16, 16 and 16 heads (timm `vision_transformer.py`). */
const SIGLIP_HEAD_WIDTHS = { base: 64, large: 64, so400m: 72, giantopt: 96 } as const;

/** The towers that timm builds with GELU's approximation, as they were trained; the others it does not. */
function siglipActivation(name: string): Activation {
  const tanh =
    /^(vit_base_patch32_siglip_256|vit_large_patch16_siglip_512|vit_so400m_patch16_siglip_\d+|vit_giantopt_patch16_siglip_\d+)$/;
  return tanh.test(name) ? "gelu_tanh" : "gelu";
}
