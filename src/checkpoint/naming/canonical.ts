/** From each naming scheme to OpenAI's names. */

import type { NamedScheme } from "./naming.ts";
import { quote } from "../refuse.ts";
import type { LazyTensor } from "../state_dict.ts";
import { concatenated, lazyTensor, reshaped, transposed } from "../containers/tensor.ts";

/** Tensors under OpenAI's names, and what could not be translated (one line each). */
export interface CanonicalTensors {
  readonly tensors: ReadonlyMap<string, LazyTensor>;
  readonly faults: readonly string[];
}

/** Renames, joins and transposes; nothing is read. @throws {ClipError} for integer weights */
export function toCanonical(named: NamedScheme): CanonicalTensors {
  const lazy = new Map<string, LazyTensor>();
  for (const [name, tensor] of named.tensors) lazy.set(name, lazyTensor(tensor, name));
  const { tensors, faults } = named.scheme === "huggingface"
    ? fromHuggingFace(lazy)
    : { tensors: named.scheme === "openai" ? lazy : fromCustomText(lazy), faults: [] };
  const scale = tensors.get("logit_scale");
  // Some trainers keep it as a vector of one.
  if (scale?.shape.length === 1 && scale.shape[0] === 1) {
    tensors.set("logit_scale", reshaped(scale, []));
  }
  return { tensors, faults };
}

function fromCustomText(source: ReadonlyMap<string, LazyTensor>): Map<string, LazyTensor> {
  const tensors = new Map<string, LazyTensor>();
  for (const [name, tensor] of source) {
    tensors.set(name.startsWith("text.") ? name.slice("text.".length) : name, tensor);
  }
  return tensors;
}

const HF_NAMES: ReadonlyMap<string, string> = new Map([
  ["logit_scale", "logit_scale"],
  ["text_model.embeddings.token_embedding.weight", "token_embedding.weight"],
  ["text_model.embeddings.position_embedding.weight", "positional_embedding"],
  ["text_model.final_layer_norm.weight", "ln_final.weight"],
  ["text_model.final_layer_norm.bias", "ln_final.bias"],
  ["vision_model.embeddings.class_embedding", "visual.class_embedding"],
  ["vision_model.embeddings.patch_embedding.weight", "visual.conv1.weight"],
  ["vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"],
  // The spelling is transformers' own, kept since 2021 for the files' sake.
  ["vision_model.pre_layrnorm.weight", "visual.ln_pre.weight"],
  ["vision_model.pre_layrnorm.bias", "visual.ln_pre.bias"],
  ["vision_model.post_layernorm.weight", "visual.ln_post.weight"],
  ["vision_model.post_layernorm.bias", "visual.ln_post.bias"],
]);

/** Linear layers without bias, [out, in]; OpenAI keeps them as [in, out] parameters. */
const HF_TRANSPOSED: ReadonlyMap<string, string> = new Map([
  ["text_projection.weight", "text_projection"],
  ["visual_projection.weight", "visual.proj"],
]);

const HF_BLOCK: ReadonlyMap<string, string> = new Map([
  ["layer_norm1", "ln_1"],
  ["layer_norm2", "ln_2"],
  ["mlp.fc1", "mlp.c_fc"],
  ["mlp.fc2", "mlp.c_proj"],
  ["self_attn.out_proj", "attn.out_proj"],
]);

const HF_LAYER = /^(text|vision)_model\.encoder\.layers\.(\d{1,4})\.(.+)\.(weight|bias)$/;
const HF_QKV = /^self_attn\.([qkv])_proj$/;

function fromHuggingFace(
  source: ReadonlyMap<string, LazyTensor>,
): { tensors: Map<string, LazyTensor>; faults: string[] } {
  const tensors = new Map<string, LazyTensor>();
  const joins = new Map<string, Partial<Record<string, LazyTensor>>>();
  const faults: string[] = [];
  for (const [name, tensor] of source) {
    const plain = HF_NAMES.get(name);
    const turned = HF_TRANSPOSED.get(name);
    if (plain !== undefined) {
      tensors.set(plain, tensor);
    } else if (turned !== undefined) {
      if (tensor.shape.length === 2) tensors.set(turned, transposed(tensor));
      else faults.push(`mis-shaped: ${quote(name)} is [${tensor.shape}], wanted two dimensions`);
    } else {
      const match = HF_LAYER.exec(name);
      const [, tower, layer, part = "", kind] = match ?? [];
      const block = `${tower === "vision" ? "visual." : ""}transformer.resblocks.${layer}.`;
      const qkv = HF_QKV.exec(part)?.[1];
      const renamed = HF_BLOCK.get(part);
      if (match !== null && qkv !== undefined) {
        const key = `${block}attn.in_proj_${kind}`;
        joins.set(key, { ...joins.get(key), [qkv]: tensor });
      } else if (match !== null && renamed !== undefined) {
        tensors.set(`${block}${renamed}.${kind}`, tensor);
      } else {
        faults.push(`surplus: ${quote(name)}`);
      }
    }
  }
  for (const [key, { q, k, v }] of joins) {
    if (q === undefined || k === undefined || v === undefined) {
      const absent = [q ? "" : "q", k ? "" : "k", v ? "" : "v"].filter((part) => part !== "");
      faults.push(`missing: the ${absent.join(" and ")} projection of '${key}'`);
    } else if (
      q.shape.length === 0 || `${q.shape}` !== `${k.shape}` || `${q.shape}` !== `${v.shape}`
    ) {
      faults.push(
        `mis-shaped: the q, k and v of '${key}' are [${q.shape}], [${k.shape}] and [${v.shape}]`,
      );
    } else {
      tensors.set(key, concatenated([q, k, v]));
    }
  }
  return { tensors, faults };
}
