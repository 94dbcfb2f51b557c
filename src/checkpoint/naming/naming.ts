/** Which of the naming schemes a checkpoint uses, told from its keys alone. */

import type { StoredTensor } from "../containers/tensor.ts";
import { quote, refuse } from "../refuse.ts";
import { unwrap } from "./unwrap.ts";

/** Naming schemes, as `model info` prints them. */
export type NamingScheme =
  /** openai/CLIP, and OpenCLIP's plain `CLIP` class, which kept the names. */
  | "openai"
  /** OpenCLIP's `CustomTextCLIP`: OpenAI's names with the text tower under `text.`. */
  | "open_clip_custom_text"
  /** Hugging Face transformers' `CLIPModel`. */
  | "huggingface";

/** What PEFT adds to a model or keeps beside it. */
const ADAPTER = /(^|\.)(lora_(A|B|E|embedding_[AB]|magnitude_vector)|base_layer|modules_to_save)\./;

/** Names of the towers, and of what belongs to neither. */
const TOWERS =
  /^(text_model|vision_model|visual|transformer|token_embedding|positional_embedding|ln_final|text_projection|visual_projection|logit_scale)(\.|$)/;

/** Models that share CLIP's outer names but are something else: a key of theirs, and their name. */
const RELATIVES: readonly (readonly [RegExp, string])[] = [
  [/^(vision_model\.head\.|text_model\.head\.)/, "SigLIP (attention-pooled towers)"],
  [/^visual\.trunk\./, "a model with a timm vision tower"],
  [/^text_decoder\./, "CoCa (it has a text decoder)"],
  [/^visual\.attn_pool\./, "a model with an attentional pooler (CoCa)"],
  [
    /^text\.transformer\.(encoder|embeddings|decoder|shared|layer|word_embedding|layers)\b/,
    "a model with a Hugging Face text tower",
  ],
  [
    /^text_model\.(embeddings\.word_embeddings|encoder\.layer)\./,
    "a model with a BERT text tower (Chinese-CLIP, M-CLIP)",
  ],
  [/^vision_tower\./, "a multimodal language model"],
  [
    /^(visual\.transformer|transformer|text\.transformer)\.resblocks\.\d+\.ls_[12]\./,
    "a CLIP with layer scale",
  ],
  [/^(visual\.|text\.)?blocks\.\d+\./, "EVA-CLIP"],
];

/** A checkpoint's tensors with wrappers and bookkeeping removed, and whose names they are. */
export interface NamedScheme {
  readonly scheme: NamingScheme;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Lines for the log: what was passed over. */
  readonly notes: readonly string[];
}

/**
 * Recognises the scheme.
 *
 * @throws {ClipError} if the keys are no CLIP's, or those of a relative that is not supported
 */
export function recogniseNaming(
  raw: ReadonlyMap<string, StoredTensor>,
  label: string,
): NamedScheme {
  const { tensors, notes } = unwrap(raw, label);
  const names = [...tensors.keys()];
  const adapter = names.find((name) => ADAPTER.test(name));
  if (adapter !== undefined) {
    throw refuse(
      label,
      `tensor ${
        quote(adapter)
      } shows that it holds an adapter (LoRA) that is not merged into the ` +
        "weights: merge it with PEFT's merge_and_unload() and save the model",
    );
  }
  for (const [pattern, relative] of RELATIVES) {
    const sign = names.find((name) => pattern.test(name));
    if (sign !== undefined) {
      throw refuse(
        label,
        `tensor ${quote(sign)} shows that it is ${relative}, which is not supported`,
      );
    }
  }
  const has = (prefix: string) => names.some((name) => name.startsWith(prefix));
  if (has("text_model.") || has("vision_model.")) {
    checkTowers(has("text_model."), has("vision_model."), names, label);
    return { scheme: "huggingface", tensors, notes };
  }
  if (has("visual.") && has("text.")) {
    return { scheme: "open_clip_custom_text", tensors, notes };
  }
  if (has("visual.") || (has("transformer.resblocks.") && has("token_embedding."))) {
    checkTowers(has("transformer.resblocks."), has("visual."), names, label);
    return { scheme: "openai", tensors, notes };
  }
  throw refuse(
    label,
    `its ${names.length} tensors are not named as those of a CLIP model (OpenAI, OpenCLIP or ` +
      `Hugging Face CLIPModel): ${names.slice(0, 5).map(quote).join(", ") || "there are none"}`,
  );
}

/** A model has two towers; publishers of pipelines of other models give out one of them. */
function checkTowers(
  text: boolean,
  vision: boolean,
  names: readonly string[],
  label: string,
): void {
  // Among other names the second tower may be there, misnamed: the list of faults says more then.
  if (text === vision || names.some((name) => !TOWERS.test(name))) return;
  const [there, absent] = text ? ["text", "image"] : ["image", "text"];
  throw refuse(
    label,
    `it holds the ${there} tower alone (transformers' CLIP${
      text ? "Text" : "Vision"
    }ModelWithProjection, a text encoder of a diffusion pipeline, or the like) and not the ${absent} ` +
      "tower: use the file of the whole model (CLIPModel) that it was taken from",
  );
}
