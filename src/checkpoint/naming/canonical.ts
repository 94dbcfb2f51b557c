/** From each layout's names to the canonical ones. */

import { concatenated, lazyTensor, rowsOf } from "../containers/tensor.ts";
import type { LazyTensor } from "../state_dict.ts";
import { applyKeyMap, type CanonicalTensors } from "./key_map.ts";
import type { NamedTensors } from "./naming.ts";

/**
 * Rows of its first table of positions that LongCLIP keeps as OpenAI trained them; those behind are
 * of the second one (LongCLIP `model/model_longclip.py`, `mask1` and `mask2`).
 */
const LONG_CLIP_KEPT_ROWS = 20;

/** Renames, joins and transposes; nothing is read. @throws {ClipError} for integer weights */
export function toCanonical({ layout, tensors: named }: NamedTensors): CanonicalTensors {
  const lazy = new Map<string, LazyTensor>();
  for (const [name, tensor] of named) lazy.set(name, lazyTensor(tensor, name));
  const canonical = applyKeyMap(lazy, layout.keys);
  joinPositions(canonical.tensors);
  splitQueries(canonical.tensors);
  return canonical;
}

/** PyTorch stacks the projections of an attentional pooler whose queries are as wide as its rows. */
function splitQueries(tensors: Map<string, LazyTensor>): void {
  const prefix = "visual.attn_pool.attn";
  const stacked = tensors.get(`${prefix}.in_proj_weight`);
  const rows = (stacked?.shape[0] ?? 0) / 3;
  if (stacked === undefined || !tensors.has("visual.attn_pool.query") || rows % 1 !== 0) return;
  tensors.delete(`${prefix}.in_proj_weight`);
  for (const [i, part] of ["q", "k", "v"].entries()) {
    tensors.set(`${prefix}.${part}_proj_weight`, rowsOf(stacked, i * rows, (i + 1) * rows));
  }
}

/** LongCLIP's two tables of positions as the one that they make. */
function joinPositions(tensors: Map<string, LazyTensor>): void {
  const [kept, stretched] = [
    tensors.get("positional_embedding"),
    tensors.get("positional_embedding_res"),
  ];
  if (kept === undefined || stretched === undefined || `${kept.shape}` !== `${stretched.shape}`) {
    return;
  }
  const rows = kept.shape[0] ?? 0;
  if (rows <= LONG_CLIP_KEPT_ROWS) return;
  tensors.delete("positional_embedding_res");
  tensors.set(
    "positional_embedding",
    concatenated([
      rowsOf(kept, 0, LONG_CLIP_KEPT_ROWS),
      rowsOf(stretched, LONG_CLIP_KEPT_ROWS, rows),
    ]),
  );
}
