/**
 * Key maps: from the names of one layout to the canonical ones (shapes.ts), as data. A rule's `{n}`
 * is a block's number, `{w}` is `weight` or `bias`, `{rest}` is whatever follows.
 */
import { concatenated, reshaped, transposed, zeros } from "../containers/tensor.ts";
import { quote } from "../refuse.ts";
import type { LazyTensor } from "../state_dict.ts";

/** What is done to a tensor that gets a new name. */
export type KeyChange =
  /** A linear layer's [out, in], kept by OpenAI as a parameter [in, out]. */
  | "transposed"
  /** A scalar, which some trainers keep as a vector of one. */
  | "scalar"
  /** [1, …, width] as [width]. */
  | "vector"
  /** [1, rows, width] as [rows, width]. */
  | "rows"
  /** One of several that are joined, in this order, along their first dimension. */
  | {
    readonly part: string;
    readonly of: readonly string[];
    /** The part that is zeros where there is none. */
    readonly zeros?: string;
  };

/** A rule: the name in the layout, the canonical one (`null`: not needed), and what is done. */
export type KeyRule = readonly [from: string, to: string | null, change?: KeyChange];

/** Tensors under canonical names, and what could not be translated (one line each). */
export interface CanonicalTensors {
  readonly tensors: Map<string, LazyTensor>;
  readonly faults: string[];
}

const QKV = ["q", "k", "v"] as const;

/** Of a query, key and value projection of their own. */
export function qkv(part: (typeof QKV)[number]): KeyChange {
  return { part, of: QKV };
}

/** The same for biases, of which keys have none. */
export function qkvWithoutKeyBias(part: (typeof QKV)[number]): KeyChange {
  return { part, of: QKV, zeros: "k" };
}

interface Join {
  readonly of: readonly string[];
  readonly zeros: string | undefined;
  readonly parts: Map<string, LazyTensor>;
}

/** Renames `source` by the rules, the first that fits each name; nothing is read. */
export function applyKeyMap(
  source: ReadonlyMap<string, LazyTensor>,
  rules: readonly KeyRule[],
): CanonicalTensors {
  const compiled = rules.map(([from, to, change]) => ({ pattern: compile(from), to, change }));
  const tensors = new Map<string, LazyTensor>();
  const faults: string[] = [];
  const joins = new Map<string, Join>();
  for (const [name, tensor] of source) {
    const rule = compiled.find(({ pattern }) => pattern.test(name));
    if (rule === undefined) {
      faults.push(`surplus: ${quote(name)}`);
      continue;
    }
    if (rule.to === null) continue;
    const to = fill(rule.to, rule.pattern.exec(name)?.groups ?? {});
    if (typeof rule.change === "object") {
      const join = joins.get(to) ??
        { of: rule.change.of, zeros: rule.change.zeros, parts: new Map() };
      joins.set(to, join);
      join.parts.set(rule.change.part, tensor);
    } else if (tensors.has(to)) faults.push(`surplus: ${quote(name)}: there are two '${to}'`);
    else {
      const changed = change(tensor, rule.change);
      if (typeof changed === "string") {
        faults.push(`mis-shaped: ${quote(name)} is [${tensor.shape}], wanted ${changed}`);
      } else tensors.set(to, changed);
    }
  }
  for (const [name, join] of joins) {
    const joined = joinParts(name, join);
    if (typeof joined === "string") faults.push(joined);
    else tensors.set(name, joined);
  }
  return { tensors, faults };
}

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  n: "\\d{1,10}",
  w: "weight|bias",
  rest: ".+",
};

function compile(from: string): RegExp {
  const escaped = from.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  const source = escaped.replace(/\{(\w+)\}/g, (_, key) => `(?<${key}>${PLACEHOLDERS[key]})`);
  return new RegExp(`^${source}$`);
}

function fill(to: string, groups: Readonly<Record<string, string>>): string {
  return to.replace(/\{(\w+)\}/g, (_, key) => groups[key] ?? "");
}

/** The tensor changed, or which shape was wanted. */
function change(
  tensor: LazyTensor,
  how: Exclude<KeyChange, object> | undefined,
): LazyTensor | string {
  const { shape } = tensor;
  switch (how) {
    case undefined:
      return tensor;
    case "transposed":
      return shape.length === 2 ? transposed(tensor) : "two dimensions";
    case "scalar":
      return shape.length === 1 && shape[0] === 1 ? reshaped(tensor, []) : tensor;
    case "vector":
      return shape.slice(0, -1).every((size) => size === 1) && shape.length > 0
        ? reshaped(tensor, shape.slice(-1))
        : "one row";
    case "rows":
      return shape.length === 3 && shape[0] === 1
        ? reshaped(tensor, shape.slice(1))
        : "one of three dimensions, the first of them 1";
  }
}

/** The parts as one, or the fault. */
function joinParts(name: string, { of, zeros: filled, parts }: Join): LazyTensor | string {
  const [first] = parts.values();
  if (filled !== undefined && first !== undefined && !parts.has(filled)) {
    parts.set(filled, zeros(first.shape));
  }
  const absent = of.filter((part) => !parts.has(part));
  if (absent.length > 0) return `missing: the ${absent.join(" and ")} projection of '${name}'`;
  const found = of.map((part) => parts.get(part) as LazyTensor);
  const shapes = found.map(({ shape }) => shape);
  const fits = of === QKV
    ? shapes.every((shape) => shape.length > 0 && `${shape}` === `${shapes[0]}`)
    : shapes.every((shape) => shape.length > 0 && `${shape.slice(1)}` === `${shapes[0]?.slice(1)}`);
  return fits
    ? concatenated(found)
    : `mis-shaped: the ${list(of)} of '${name}' are ${list(shapes.map((shape) => `[${shape}]`))}`;
}

function list(items: readonly string[]): string {
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
