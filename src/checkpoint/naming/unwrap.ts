/** Taking the names that training frameworks put around a model off its tensors. */

import type { StoredTensor } from "../containers/tensor.ts";
import { listFaults, quote, refuse } from "../refuse.ts";

type Tensors = ReadonlyMap<string, StoredTensor>;

/**
 * Modules that compile, shard, checkpoint or adapt what is inside of them, wherever they stand. An
 * adapter that is beside its layer still is found by its own names.
 */
const TRANSPARENT =
  /(^|\.)(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|base_layer)\./g;

/** Tensors that every CLIP has, with what stands before them: one of each tower, and the last norms. */
const ANCHORS = [
  /^(.*?)(?:text_model\.embeddings\.|text\.)?token_embedding\.weight$/,
  /^(.*?)visual\.(?:conv1\.weight|trunk\..*|blocks\.0\..*)$/,
  /^(.*?)vision_model\.embeddings\.patch_embedding\.weight$/,
  /^(.*?)LinearTransformation\.weight$/,
] as const;

/** Copies of the weights that are averages of them. */
const AVERAGED = /(^|[._])(ema|averaged?|swa|shadow)([._]|$)/i;

/** First parts of the names that a CLIP's own tensors have. */
const OWN =
  /^(visual|transformer|token_embedding|positional_embedding|text_projection|ln_final|logit_scale|logit_bias|text|text_model|vision_model|visual_projection|text_decoder|vision_tower|blocks|bert|LinearTransformation|lora_[A-Z]\w*)(\.|$)/;

/** Buffers and scalars that no embedding depends on. */
const IGNORED =
  /(^|\.)(num_batches_tracked|position_ids|token_type_ids|attn_mask|input_resolution|context_length|vocab_size|image_size)$/;

/** How many names a line of the log shows. */
const SHOWN = 5;

/**
 * Takes off what stands before the model's names: `module.`, `model.`, `base_model.model.` and
 * whatever else. Metrics and counters beside the model are passed over; other tensors keep their
 * names, and are surplus.
 *
 * @throws {ClipError} if there are several models, none of them averaged weights
 */
export function unwrap(
  raw: Tensors,
  label: string,
): { tensors: Tensors; notes: readonly string[] } {
  const named = new Map<string, StoredTensor>();
  for (const [name, tensor] of raw) {
    if (!IGNORED.test(name)) named.set(name.replaceAll(TRANSPARENT, "$1"), tensor);
  }
  const notes: string[] = [];
  const prefixes = prefixesOf(named);
  if (prefixes.length === 0) return { tensors: named, notes };
  const prefix = choose(prefixes, label, notes);
  const tensors = new Map<string, StoredTensor>();
  const passedOver: string[] = [];
  for (const [name, tensor] of named) {
    if (name.startsWith(prefix) && (prefix !== "" || OWN.test(name) || !isMetric(tensor))) {
      tensors.set(name.slice(prefix.length), tensor);
    } else if (isMetric(tensor) || isOther(name, prefix, notes)) passedOver.push(name);
    else tensors.set(name, tensor);
  }
  if (passedOver.length > 0 && notes.length === 0) {
    notes.push(
      `${passedOver.length} counters and metrics beside the model are passed over: ${
        passedOver.slice(0, SHOWN).map(quote).join(", ")
      }${passedOver.length > SHOWN ? ", …" : ""}`,
    );
  }
  return { tensors, notes };
}

/** Every prefix under which the tensors of a CLIP lie. */
function prefixesOf(tensors: Tensors): string[] {
  const prefixes = new Set<string>();
  for (const name of tensors.keys()) {
    for (const anchor of ANCHORS) {
      const prefix = anchor.exec(name)?.[1];
      if (prefix !== undefined && (prefix === "" || prefix.endsWith("."))) prefixes.add(prefix);
    }
  }
  return [...prefixes];
}

function choose(prefixes: readonly string[], label: string, notes: string[]): string {
  if (prefixes.length === 1) return prefixes[0]!;
  const averaged = prefixes.filter((prefix) => AVERAGED.test(prefix));
  const [chosen] = averaged;
  if (averaged.length !== 1 || chosen === undefined) {
    throw refuse(
      label,
      `it holds several models; save the one that is wanted alone:${
        listFaults(prefixes.map((prefix) => `under ${quote(prefix)}`))
      }`,
    );
  }
  const others = prefixes.filter((prefix) => prefix !== chosen).map(quote).join(", ");
  notes.push(
    `'${label}' holds several sets of weights: the averaged ones under ${
      quote(chosen)
    } are taken, ` +
      `not those under ${others}`,
  );
  return chosen;
}

/** Where one of several sets of weights was chosen, the rest is the others'. */
function isOther(name: string, prefix: string, notes: readonly string[]): boolean {
  return notes.length > 0 && !name.startsWith(prefix);
}

/** Whether it is a counter, a sum or the like: one value, or integers. */
function isMetric({ shape, type }: StoredTensor): boolean {
  return shape.every((size) => size === 1) || !type.includes("float");
}
