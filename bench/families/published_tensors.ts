/** The tensors of a model under the names and in the shapes of a layout: the key map, read backwards. */
import type { KeyChange, KeyRule } from "../../src/checkpoint/naming/key_map.ts";
import type { ShapeTable } from "../../src/checkpoint/naming/shapes.ts";
import type { Distribution } from "../random_values.ts";

/** A tensor as it is published, and what it is filled with. */
export interface PublishedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Distribution;
}

/**
 * @param shapes of canonical names
 * @param rules the key map of the layout
 * @throws {Error} for a tensor that the layout has no name for
 */
export function publishedTensors(
  shapes: ShapeTable,
  rules: readonly KeyRule[],
): PublishedTensor[] {
  return [...shapes].flatMap(([canonical, shape]) => {
    const named = rules.flatMap((rule) => backwards(rule, canonical, shape));
    // The first rule that fits is the layout's; others take whatever is left.
    const own = named[0]?.part ? named.filter(({ part }) => part) : named.slice(0, 1);
    if (own.length === 0) throw new Error(`The layout has no name for '${canonical}'`);
    return own.map(({ name, shape }) => ({ name, shape, values: valuesOf(canonical, shape) }));
  });
}

function backwards(
  [from, to, change]: KeyRule,
  canonical: string,
  shape: readonly number[],
): { name: string; shape: readonly number[]; part: boolean }[] {
  if (to === null) return [];
  const found = pattern(to).exec(canonical);
  if (found === null) return [];
  const name = from.replace(/\{(\w+)\}/g, (_, key) => found.groups?.[key] ?? "");
  return [{ name, shape: unchanged(shape, change), part: typeof change === "object" }];
}

function pattern(to: string): RegExp {
  const groups: Record<string, string> = { n: "\\d+", w: "weight|bias", rest: ".+" };
  const source = to.replaceAll(".", "\\.")
    .replace(/\{(\w+)\}/g, (_, key) => `(?<${key}>${groups[key]})`);
  return new RegExp(`^${source}$`);
}

/** The shape before `change`. */
function unchanged(shape: readonly number[], change: KeyChange | undefined): readonly number[] {
  if (typeof change === "object") {
    // Keys and values joined are two of the three parts that queries, keys and values are.
    const third = shape[0]! / 3;
    return [change.part === "kv" ? 2 * third : third, ...shape.slice(1)];
  }
  if (change === "transposed") return shape.toReversed();
  if (change === "vector") return [1, 1, ...shape];
  if (change === "rows") return [1, ...shape];
  return shape;
}

/** Of a scale at which activations stay sane. */
function valuesOf(canonical: string, shape: readonly number[]): Distribution {
  if (canonical === "logit_scale") return { mean: Math.log(100), std: 0 };
  if (canonical === "logit_bias") return { mean: -10, std: 0 };
  if (/(^|[._])ln(_\w+)?\.weight$/.test(canonical)) return { mean: 1, std: 0.02 };
  if (canonical.endsWith("bias")) return { mean: 0, std: 0.01 };
  if (/embedding|probe/.test(canonical)) return { mean: 0, std: 0.02 };
  const inputs = shape.slice(1).reduce((product, size) => product * size, 1);
  // What is added to the residual sum is small, whatever the depth.
  const residual = /(out_proj|c_proj)\.weight$/.test(canonical) ? 0.2 : 1;
  return { mean: 0, std: residual * inputs ** -0.5 };
}
