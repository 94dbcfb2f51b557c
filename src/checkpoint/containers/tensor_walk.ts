/** From a pickle's root value to named tensors. */

import { Dict, ModuleRecord, TensorValue } from "./pickle_value.ts";
import { quote, refuse } from "../refuse.ts";

/** torch modules nest about ten deep. */
const MAX_DEPTH = 64;
/** Shared sub-modules make a graph of paths: cyclic or exponential ones end here. */
const MAX_VISITS = 200_000;

/** Keys under which training scripts keep averaged weights, which are those to be used. */
const AVERAGED_KEYS = [
  "state_dict_ema",
  "model_ema",
  "ema_state_dict",
  "ema_model",
  "ema",
] as const;
/** Keys under which they keep the weights, the most telling first. */
const STATE_KEYS = [
  ...AVERAGED_KEYS,
  "state_dict",
  "model_state_dict",
  "model",
  "module",
  "network",
  "shadow",
] as const;
/** Averages keep their weights in a dict of their own, which may keep it in another. */
const MAX_ENTRIES_DEEP = 3;

/** Tensors by name, and how they were found. */
export interface NamedTensors {
  readonly tensors: ReadonlyMap<string, TensorValue>;
  /** Key of the training checkpoint's entry that holds them, if it is one. */
  readonly entry?: string;
  /** Lines for the log: what was chosen of several. */
  readonly notes: readonly string[];
}

/**
 * Finds the state dict in what `torch.load` would return: a module, a dict of tensors, or a
 * training checkpoint around one. Of averaged weights (EMA) and others the averaged ones are taken.
 *
 * @throws {ClipError} if there is none
 */
export function findTensors(root: unknown, label: string): NamedTensors {
  if (root instanceof ModuleRecord) return { tensors: collect(root, label), notes: [] };
  if (!(root instanceof Dict)) throw refuse(label, "it holds neither a module nor a state dict");
  const found = entriesOf(root, label);
  const own = collect(root, label);
  const [chosen, ...others] = found;
  // A step counter may be a tensor, too: a dict of weights has more of them than its entries.
  if (chosen !== undefined && chosen.tensors.size >= own.size) {
    const averaged = AVERAGED_KEYS.some((key) => key === chosen.entry.split(".")[0]);
    const rest = others.map(({ entry }) => quote(entry)).join(", ");
    const notes = others.length === 0 ? [] : [
      `'${label}' holds several sets of weights: ${
        averaged ? "the averaged ones of" : "those of"
      } ${quote(chosen.entry)} are taken, not ${rest}`,
    ];
    return { ...chosen, notes };
  }
  if (own.size > 0) return { tensors: own, notes: [] };
  const keys = [...root.entries.keys()].filter((key) => typeof key === "string").slice(0, 10);
  throw refuse(
    label,
    `it holds no tensors: wanted a state dict or a training checkpoint with 'state_dict', found ` +
      `the keys ${keys.map(quote).join(", ") || "(none)"}`,
  );
}

/** The entries that hold tensors, in the order of preference. */
function entriesOf(
  root: Dict,
  label: string,
  depth = 1,
): { tensors: Map<string, TensorValue>; entry: string }[] {
  const found: { tensors: Map<string, TensorValue>; entry: string }[] = [];
  for (const entry of STATE_KEYS) {
    const inner = root.entries.get(entry);
    if (!(inner instanceof Dict) && !(inner instanceof ModuleRecord)) continue;
    const tensors = collect(inner, label);
    if (tensors.size > 1 || inner instanceof ModuleRecord || depth === MAX_ENTRIES_DEEP) {
      if (tensors.size > 0) found.push({ tensors, entry });
      continue;
    }
    const [nested] = entriesOf(inner, label, depth + 1);
    if (nested !== undefined) found.push({ ...nested, entry: `${entry}.${nested.entry}` });
    else if (tensors.size > 0) found.push({ tensors, entry });
  }
  return found;
}

function collect(root: Dict | ModuleRecord, label: string): Map<string, TensorValue> {
  const tensors = new Map<string, TensorValue>();
  let visits = 0;
  const visit = (node: Dict | ModuleRecord, prefix: string, depth: number): void => {
    const children = node instanceof Dict ? node.entries : node.attributes;
    for (const [key, value] of children) {
      if (++visits > MAX_VISITS || depth > MAX_DEPTH) {
        throw refuse(
          label,
          `its modules nest deeper than ${MAX_DEPTH} levels or in more than ${MAX_VISITS} paths: ` +
            "it is broken or hostile",
        );
      }
      if (typeof key !== "string") continue;
      if (value instanceof TensorValue) tensors.set(prefix + key, value);
      // A state dict is flat; what nests inside of one is not weights.
      else if (value instanceof ModuleRecord) visit(value, `${prefix}${key}.`, depth + 1);
    }
  };
  visit(root, "", 0);
  return tensors;
}
