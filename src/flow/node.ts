/** The tree that a Flow YAML becomes: plain values that still know where they stand in the file. */
import type { Position } from "./problem.ts";

/** A value that is not a collection. */
export interface ScalarNode {
  kind: "scalar";
  at: Position;
  /** The path from the root, e.g. `with.port`. */
  path: string;
  value: string | number | boolean | null;
  /** The value as it is written in the file, after substitution: `007` stays `007`. */
  text: string;
  /** Variables in the text that had no value, for messages. */
  unset: string[];
}

/** A key of a mapping, and what stands under it. */
export interface MapEntry {
  keyAt: Position;
  node: FlowNode;
}

/** A mapping; keys are strings and unique. */
export interface MapNode {
  kind: "map";
  at: Position;
  path: string;
  entries: Map<string, MapEntry>;
}

/** A list. */
export interface ListNode {
  kind: "list";
  at: Position;
  path: string;
  items: FlowNode[];
}

/** Any node of the tree. */
export type FlowNode = ScalarNode | MapNode | ListNode;

const SHOWN_CHARACTERS = 60;

/** A value for an error message: quoted and cut if it is long; collections by their kind only. */
export function describeNode(node: FlowNode): string {
  if (node.kind === "map") return "a mapping";
  if (node.kind === "list") return "a list";
  if (node.value === null) return "nothing";
  if (typeof node.value !== "string") return node.text;
  const text = node.value.length > SHOWN_CHARACTERS
    ? `${node.value.slice(0, SHOWN_CHARACTERS)}…`
    : node.value;
  return JSON.stringify(text);
}

/** Whether nothing is there: YAML's null, an empty text (Jina reads it as null too). */
export function isEmpty(node: FlowNode): boolean {
  return node.kind === "scalar" && (node.value === null || node.value === "");
}

/** The tree as plain data. Objects have no prototype, so that `__proto__` is a key like any other. */
export function toPlain(node: FlowNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toPlain);
  const plain: Record<string, unknown> = Object.create(null);
  for (const [key, entry] of node.entries) plain[key] = toPlain(entry.node);
  return plain;
}

/** The path of a key below `path`. */
export function childPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
