/** From a pickle's root value to named tensors. */

import { Dict, ModuleRecord, TensorValue } from "./pickle_value.ts";
import { quote, refuse } from "../refuse.ts";

/** torch modules nest about ten deep. */
const MAX_DEPTH = 64;
/** Shared sub-modules make a graph of paths: cyclic or exponential ones end here. */
const MAX_VISITS = 200_000;

/** Keys under which training scripts keep the weights, the most telling first. */
const STATE_KEYS = ["state_dict", "model_state_dict", "model", "module", "network"] as const;

/** Tensors by name, and how they were found. */
export interface NamedTensors {
  readonly tensors: ReadonlyMap<string, TensorValue>;
  /** Key of the training checkpoint's entry that holds them, if it is one. */
  readonly entry?: string;
}

/**
 * Finds the state dict in what `torch.load` would return: a module, a dict of tensors, or a
 * training checkpoint around one.
 *
 * @throws {ClipError} if there is none
 */
export function findTensors(root: unknown, label: string): NamedTensors {
  if (root instanceof ModuleRecord) return { tensors: collect(root, label) };
  if (root instanceof Dict) {
    const values = [...root.entries.values()];
    if (values.some((value) => value instanceof TensorValue)) {
      return { tensors: collect(root, label) };
    }
    for (const entry of STATE_KEYS) {
      const inner = root.entries.get(entry);
      if (!(inner instanceof Dict) && !(inner instanceof ModuleRecord)) continue;
      const tensors = collect(inner, label);
      if (tensors.size > 0) return { tensors, entry };
    }
    const keys = [...root.entries.keys()].filter((key) => typeof key === "string").slice(0, 10);
    throw refuse(
      label,
      `it holds no tensors: wanted a state dict or a training checkpoint with 'state_dict', found ` +
        `the keys ${keys.map(quote).join(", ") || "(none)"}`,
    );
  }
  throw refuse(label, "it holds neither a module nor a state dict");
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
