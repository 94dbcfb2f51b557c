/** Which of the layouts a checkpoint has, told from its keys alone. */

import type { StoredTensor } from "../containers/tensor.ts";
import { quote, refuse } from "../refuse.ts";
import { type Layout, LAYOUTS, M_CLIP } from "./layouts.ts";
import { unwrap } from "./unwrap.ts";

/** What PEFT adds to a model or keeps beside it. */
const ADAPTER = /(^|\.)(lora_(A|B|E|embedding_[AB]|magnitude_vector)|modules_to_save)\./;

/** Names of the towers, and of what belongs to neither. */
const TOWERS =
  /^(text_model|vision_model|visual|transformer|token_embedding|positional_embedding|ln_final|text_projection|visual_projection|logit_scale|logit_bias)(\.|$)/;

/** Models that share CLIP's outer names but are something else: a key of theirs, and their name. */
const RELATIVES: readonly (readonly [RegExp, string])[] = [
  [
    /^visual\.trunk\.(?!(cls_token|pos_embed|patch_embed|blocks|norm|attn_pool|head)(\.|$))/,
    "a model with a timm vision tower that is no vision transformer of SigLIP or EVA-02",
  ],
  [
    /^text\.transformer\.(decoder|shared|layers?|encoder\.(block|layers|embed_tokens))\./,
    "a model with a text tower of transformers that is neither BERT nor RoBERTa",
  ],
  [/^vision_tower\./, "a multimodal language model"],
  [/^(visual\.|text\.)?blocks\.\d+\./, "EVA-CLIP in its own layout"],
];

/** A checkpoint's tensors with wrappers and bookkeeping removed, and whose names they are. */
export interface NamedTensors {
  readonly layout: Layout;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Lines for the log: what was passed over. */
  readonly notes: readonly string[];
}

/**
 * Recognises the layout of a whole model.
 *
 * @throws {ClipError} if the keys are no CLIP's, or those of a relative that is not supported
 */
export function recogniseNaming(
  raw: ReadonlyMap<string, StoredTensor>,
  label: string,
): NamedTensors {
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
  if (fits(M_CLIP, names)) {
    throw refuse(
      label,
      "it is M-CLIP's text tower alone: put its folder, with its config, as 'text' into a folder " +
        "that has the CLIP model whose images it belongs to beside it, as 'image', and name that",
    );
  }
  const layout = LAYOUTS.find((each) => fits(each, names));
  if (layout === undefined) {
    throw refuse(
      label,
      `its ${names.length} tensors are not named as those of a CLIP model (OpenAI, OpenCLIP, ` +
        `Chinese-CLIP or transformers' CLIPModel, SiglipModel, ChineseCLIPModel): ${
          names.slice(0, 5).map(quote).join(", ") || "there are none"
        }`,
    );
  }
  const has = (prefix: string) => names.some((name) => name.startsWith(prefix));
  if (layout.configs === "transformers") {
    checkTowers(has("text_model."), has("vision_model."), names, label);
  } else if (layout.name === "openai") {
    checkTowers(has("transformer.resblocks."), has("visual."), names, label);
  }
  return { layout, tensors, notes };
}

/**
 * Recognises M-CLIP's text tower.
 *
 * @throws {ClipError} if the keys are not its
 */
export function recogniseTextTower(
  raw: ReadonlyMap<string, StoredTensor>,
  label: string,
): NamedTensors {
  const { tensors, notes } = unwrap(raw, label);
  const names = [...tensors.keys()];
  if (fits(M_CLIP, names)) return { layout: M_CLIP, tensors, notes };
  throw refuse(
    label,
    `its ${names.length} tensors are not named as those of a text tower of M-CLIP: ${
      names.slice(0, 5).map(quote).join(", ") || "there are none"
    }`,
  );
}

function fits({ signs }: Layout, names: readonly string[]): boolean {
  return signs.every((sign) => names.some((name) => sign.test(name)));
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
