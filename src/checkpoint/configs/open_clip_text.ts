/** `text_cfg` of OpenCLIP's config (`CLIPTextCfg`). */
import type { TextFacts } from "../facts.ts";
import type { FileTokenizer, TextPooling } from "../state_dict.ts";
import { isJsonObject } from "./config.ts";
import {
  type ConfigSection,
  PLAIN_BLOCKS,
  readActivation,
  readEpsilon,
} from "./open_clip_section.ts";
import {
  DEFAULT_TOKENIZER_FILE,
  type TokenizerSettings,
  unsupportedSettings,
} from "./tokenizer_files.ts";

/** OpenCLIP's default. */
const DEFAULT_HEADS = 8;
const DEFAULT_CONTEXT_LENGTH = 77;
const DEFAULT_END_ID = 2;

/**
 * Reads it; what does not fit is refused in `section`.
 *
 * @param settings of the tokenizer beside the weights
 */
export function readTextSection(
  section: ConfigSection,
  quickGelu: boolean,
  settings: TokenizerSettings,
): TextFacts {
  section.ignore("vocab_size", "width", "layers", "mlp_ratio", "output_tokens", "pad_id");
  section.plain({
    ...PLAIN_BLOCKS,
    use_pad_mask: false,
    correct_cls_mask: false,
    final_ln_after_pool: false,
  });
  const facts = section.value("hf_model_name") === undefined
    ? ownTower(section, quickGelu)
    : transformersTower(section);
  const tokenizer = readTokenizer(section);
  section.refuseOthers();
  if (tokenizer === undefined) return { tokenizer: { kind: "clip" }, padId: 0, ...facts };
  section.add(...unsupportedSettings(settings));
  const { padId } = settings;
  return { ...facts, tokenizer, ...(padId === undefined ? {} : { padId }) };
}

function ownTower(section: ConfigSection, quickGelu: boolean): TextFacts {
  section.ignore("context_length", "hf_model_pretrained", "hf_proj_type", "hf_pooler_type");
  const linear = section.flag("proj_bias") ? "linear" : "matrix";
  return {
    activation: readActivation(section, quickGelu),
    eps: readEpsilon(section),
    heads: section.integer("heads") ?? DEFAULT_HEADS,
    layerScale: section.number("ls_init_value") !== undefined,
    mask: section.flag("no_causal_mask") ? "none" : "causal",
    pooling: section.flag("embed_cls") ? { kind: "class" } : readPooling(section),
    projection: section.choice("proj_type", { linear, none: "none" } as const, linear),
  };
}

function readPooling(section: ConfigSection): TextPooling {
  const end = section.value("eos_id") ?? DEFAULT_END_ID;
  const id = Number.isSafeInteger(end) && (end as number) >= 0 ? end as number : undefined;
  if (id === undefined) section.refuse("eos_id", "wanted a whole number");
  return section.choice<TextPooling>("pool_type", {
    argmax: { kind: "argmax" },
    eos: { kind: "end", id: id ?? DEFAULT_END_ID },
    first: { kind: "first" },
    last: { kind: "last" },
  }, { kind: "argmax" });
}

/** A text tower of transformers (OpenCLIP `hf_model.py`): its base model's name says what it is. */
function transformersTower(section: ConfigSection): TextFacts {
  section.ignore("hf_model_pretrained", "heads", "ls_init_value", "no_causal_mask", "eos_id");
  section.ignore("embed_cls", "pool_type", "proj_bias", "proj_type", "act_kwargs", "norm_kwargs");
  // 'cls_pooler' is BERT's own dense layer and tanh over the first row, not that row.
  const pooling = section.choice<TextPooling>("hf_pooler_type", {
    mean_pooler: { kind: "mean" },
    cls_last_hidden_state_pooler: { kind: "first" },
  }, { kind: "mean" });
  const name = `${section.value("hf_model_name")}`;
  const bert = /^(.+\/)?bert-(base|large)-(un)?cased$/i.test(name);
  if (bert && section.value("hf_pooler_type") === undefined) {
    section.refuse("hf_pooler_type", "wanted one, as BERT's own is not supported");
  }
  section.choice("hf_proj_type", { mlp: true, linear: true }, true);
  const context = section.integer("context_length") ?? DEFAULT_CONTEXT_LENGTH;
  const common = { activation: "gelu", headWidth: 64, pooling, contextLength: context } as const;
  // Heads of 64 and these epsilons are in the base models' own configs.
  if (/^(.+\/)?(xlm-)?roberta-(base|large)$/i.test(name)) {
    return { ...common, positionsCount: "unpadded", padId: 1, eps: 1e-5 };
  }
  if (bert) {
    return { ...common, positionsCount: "all", padId: 0, eps: 1e-12 };
  }
  section.refuse("hf_model_name", "only (XLM-)RoBERTa and BERT, base and large, are supported");
  return common;
}

/** The published tokenizer, or nothing where it is CLIP's own. */
function readTokenizer(section: ConfigSection): FileTokenizer | undefined {
  const kwargs = section.value("tokenizer_kwargs");
  const named = section.value("hf_tokenizer_name") ?? section.value("hf_model_name");
  if (named === undefined) {
    if (kwargs !== undefined) {
      section.refuse("tokenizer_kwargs", "wanted none with CLIP's tokenizer");
    }
    return undefined;
  }
  const { clean = "whitespace", strip_sep_token = false, ...others } = isJsonObject(kwargs)
    ? kwargs
    : {};
  const known = typeof clean === "string" && Object.hasOwn(CLEANERS, clean) ? clean : undefined;
  if (
    known === undefined || typeof strip_sep_token !== "boolean" || Object.keys(others).length > 0
  ) {
    section.refuse("tokenizer_kwargs", "only 'clean' and 'strip_sep_token' are supported");
  }
  return {
    kind: "file",
    file: DEFAULT_TOKENIZER_FILE,
    format: "tokenizer_json",
    clean: CLEANERS[(known ?? "whitespace") as keyof typeof CLEANERS],
    stripSep: strip_sep_token === true,
  };
}

/** OpenCLIP's `get_clean_fn`. */
const CLEANERS = {
  whitespace: "open_clip_whitespace",
  lower: "open_clip_lower",
  canonicalize: "open_clip_canonicalize",
} as const;
