/**
 * Variables in a flow, as Jina 3 substitutes them (`jina/jaml`, `JAML.expand_dict`):
 * `${{ ENV.NAME }}`, `${{ env.NAME }}`, `$NAME` and `${NAME}` are the process environment,
 * `${{root.with.port}}` and `${{this.name}}` are other values of the same file. A variable without a
 * value is left standing as it is. Jina's `${{ CONTEXT.NAME }}` is filled by Python code that loads
 * the flow; a server has none, so it is always left standing.
 */
import type { FlowNode, MapNode, ScalarNode } from "./node.ts";
import type { Report } from "./problem.ts";

/** The process environment, or what stands for it in a test. */
export type Environment = Record<string, string | undefined>;

const VARIABLE = /\$\{\{\s*([\w.[\]]+)\s*\}\}|\$\{(\w+)\}|\$([A-Za-z_]\w*)/g;
const REFERENCE = /\$\{\{\s*((?:root|this)[\w.[\]]*)\s*\}\}/g;
/** Jina resolves references in three rounds, so a chain of references may be three long. */
const REFERENCE_ROUNDS = 3;
/** A value that grew beyond this is references that multiply, not a configuration. */
const MAX_TEXT = 65_536;

/** The names of the environment variables that a text refers to. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(VARIABLE)].flatMap(([, expression, braced, bare]) => {
    const name = expression === undefined
      ? braced ?? bare
      : /^(?:ENV|env)\.(\w+)$/.exec(expression)?.[1];
    return name === undefined ? [] : [name];
  });
}

/** Substitutes in every text of the tree, in place; `tree` must be fresh from `parseYamlTree`. */
export function substituteVariables(tree: MapNode, env: Environment, report: Report): void {
  const scalars: { node: ScalarNode; parent: MapNode }[] = [];
  collect(tree, tree, scalars);
  for (const { node } of scalars) expandEnvironment(node, env, report);
  for (let round = 0; round < REFERENCE_ROUNDS; round++) {
    for (const { node, parent } of scalars) expandReferences(node, tree, parent);
  }
  for (const { node } of scalars) {
    const left = new Map([...node.text.matchAll(REFERENCE)].map(([whole, path]) => [whole, path]));
    for (const [whole, path] of left) {
      report.problem(
        node.at,
        node.path,
        `'${whole}' leads to no value; expected the path of one in this file, not '${path}'`,
      );
    }
  }
}

function collect(
  node: FlowNode,
  parent: MapNode,
  into: { node: ScalarNode; parent: MapNode }[],
): void {
  if (node.kind === "scalar") {
    if (typeof node.value === "string" && node.value.includes("$")) into.push({ node, parent });
  } else if (node.kind === "list") {
    for (const item of node.items) collect(item, parent, into);
  } else {
    for (const entry of node.entries.values()) collect(entry.node, node, into);
  }
}

function expandEnvironment(node: ScalarNode, env: Environment, report: Report): void {
  const expanded = node.text.replace(
    VARIABLE,
    (whole: string, expression?: string, braced?: string, bare?: string) => {
      if (expression !== undefined && /^(root|this)\b/.test(expression)) return whole;
      const name = expression === undefined
        ? (braced ?? bare)!
        : /^(?:ENV|env)\.(\w+)$/.exec(expression)?.[1];
      const value = name === undefined || !Object.hasOwn(env, name) ? undefined : env[name];
      if (value !== undefined) return value;
      node.unset.push(whole);
      const advice = name === undefined
        ? "only the environment can be referred to: write ${{ ENV.NAME }}"
        : "set it in the environment";
      report.warn(node.at, node.path, `'${whole}' has no value and is left as it is; ${advice}`);
      return whole;
    },
  );
  setText(node, expanded);
}

function expandReferences(node: ScalarNode, root: MapNode, parent: MapNode): void {
  const expanded = node.text.replace(REFERENCE, (whole: string, path: string) => {
    const target = lookUp(path, root, parent);
    return target === undefined || target === node ? whole : target.text;
  });
  if (expanded.length <= MAX_TEXT) setText(node, expanded);
}

function lookUp(path: string, root: MapNode, parent: MapNode): ScalarNode | undefined {
  const [start, ...steps] = path.replaceAll(/\[(\w+)\]/g, ".$1").split(".");
  let node: FlowNode | undefined = start === "root" ? root : start === "this" ? parent : undefined;
  for (const step of steps) {
    if (node?.kind === "map") node = node.entries.get(step)?.node;
    else if (node?.kind === "list") node = node.items[Number(step)];
    else return undefined;
  }
  return node?.kind === "scalar" ? node : undefined;
}

/** Jina takes one pair of quotes off what came out, and reads an empty text as nothing. */
function setText(node: ScalarNode, text: string): void {
  if (text === node.text) return;
  node.text = /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;
  node.value = node.text;
}
