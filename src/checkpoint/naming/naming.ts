/** Which of the naming schemes a checkpoint uses, told from its keys alone. */

import type { StoredTensor } from "../containers/tensor.ts";
import { quote, refuse } from "../refuse.ts";

/** Naming schemes, as `model info` prints them. */
export type NamingScheme =
  /** openai/CLIP, and OpenCLIP's plain `CLIP` class, which kept the names. */
  | "openai"
  /** OpenCLIP's `CustomTextCLIP`: OpenAI's names with the text tower under `text.`. */
  | "open_clip_custom_text"
  /** Hugging Face transformers' `CLIPModel`. */
  | "huggingface";

/** Wrappers of training frameworks (DataParallel, torch.compile, Lightning), on every key. */
const WRAPPERS = ["module.", "_orig_mod.", "model.", "clip_model.", "clip."] as const;

/** Buffers and scalars that no embedding depends on. */
const IGNORED =
  /(^|\.)(num_batches_tracked|position_ids|attn_mask|input_resolution|context_length|vocab_size|image_size)$|^logit_bias$/;

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
  const tensors = new Map<string, StoredTensor>();
  for (const [name, tensor] of unwrapped(raw)) if (!IGNORED.test(name)) tensors.set(name, tensor);
  const names = [...tensors.keys()];
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
  if (has("text_model.") || has("vision_model.")) return { scheme: "huggingface", tensors };
  if (has("visual.") && has("text.")) return { scheme: "open_clip_custom_text", tensors };
  if (has("visual.") || (has("transformer.resblocks.") && has("token_embedding."))) {
    return { scheme: "openai", tensors };
  }
  throw refuse(
    label,
    `its ${names.length} tensors are not named as those of a CLIP model (OpenAI, OpenCLIP or ` +
      `Hugging Face CLIPModel): ${names.slice(0, 5).map(quote).join(", ") || "there are none"}`,
  );
}

function unwrapped<T>(tensors: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  let current = tensors;
  for (;;) {
    const names = [...current.keys()];
    const wrapper = WRAPPERS.find((prefix) =>
      names.length > 0 && names.every((name) => name.startsWith(prefix))
    );
    if (wrapper === undefined) return current;
    current = new Map([...current].map(([name, value]) => [name.slice(wrapper.length), value]));
  }
}
