/** YAML text -> a tree of nodes with positions; refuses what a configuration file has no use for. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { childPath, type FlowNode, type MapNode, type ScalarNode } from "./node.ts";
import type { Position, Report } from "./problem.ts";

/** Flows are a few kilobytes; more than this is another file given by mistake. */
export const MAX_FLOW_BYTES = 256 * 1024;
/** Nodes after aliases are expanded: far above any flow, far below what a YAML bomb makes. */
export const MAX_NODES = 20_000;
/** How deep collections may be nested; a flow needs seven levels. */
export const MAX_DEPTH = 32;

const START: Position = { line: 1, column: 1 };

/** Tags of YAML itself that change nothing about how a plain value is read. */
const PLAIN_TAGS = new Set(
  ["str", "int", "float", "bool", "null", "map", "seq"].map((name) => `tag:yaml.org,2002:${name}`),
);

/**
 * Parses one YAML document. Problems go to `report`; the result is `undefined` if there is no tree
 * to go on with. Duplicate keys are reported and the first one kept, so that the rest can be
 * checked as well. Aliases and merge keys (`<<`) are expanded, every use with nodes of its own.
 */
export function parseYamlTree(text: string, report: Report): MapNode | undefined {
  if (text.length > MAX_FLOW_BYTES) {
    report.problem(
      START,
      "",
      `the file has ${text.length} characters; expected a Flow YAML of at most ${MAX_FLOW_BYTES}`,
    );
    return undefined;
  }
  const lines = new LineCounter();
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    const before = text.slice(0, nul).split("\n");
    report.problem(
      { line: before.length, column: before.at(-1)!.length + 1 },
      "",
      "a NUL character stands here; expected a text file in UTF-8",
    );
    return undefined;
  }
  const contents = parseContents(text, lines, report);
  if (contents === undefined) return undefined;
  const builder = new TreeBuilder(lines, report);
  try {
    const root = builder.build(contents, "", 0);
    if (root.kind === "map") return root;
    const found = root.kind === "list"
      ? "a list"
      : root.value === null
      ? "nothing (the file is empty)"
      : "a single value";
    report.problem(root.at, "", `the file holds ${found}; expected a mapping with 'jtype: Flow'`);
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    report.problem(thrown.at, thrown.path, thrown.message);
  }
  return undefined;
}

/** The document's root node (`null` if it is empty), or `undefined` if it is not valid YAML. */
function parseContents(
  text: string,
  lines: LineCounter,
  report: Report,
): Document.Parsed["contents"] | undefined {
  const tooDeep = () =>
    report.problem(START, "", `nested too deeply; expected at most ${MAX_DEPTH} levels`);
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      // Checked here instead: the library's own check is quadratic and stops at the first.
      uniqueKeys: false,
      // "silent" would silence the error about a second document too.
      logLevel: "error",
    });
  } catch (thrown) {
    // The library recurses into nested collections and has no limit of its own.
    if (!STACK_OVERFLOW.test(String(thrown))) throw thrown;
    tooDeep();
    return undefined;
  }
  if (document.errors.length === 0) return document.contents;
  // Where its parser catches the overflow itself, it calls it an error of the YAML.
  if (document.errors.some((error) => STACK_OVERFLOW.test(error.message))) {
    tooDeep();
    return undefined;
  }
  for (const error of document.errors) {
    const found = lines.linePos(error.pos[0]);
    const message = error.code === "MULTIPLE_DOCS"
      ? "a second YAML document starts here; expected one Flow in one document"
      : `not valid YAML: ${error.message}; expected YAML as in the built-in flows`;
    report.problem({ line: found.line, column: Math.max(1, found.col) }, "", message);
  }
  return undefined;
}

/** V8's two ways to say it: a plain call, and one inside a regular expression. */
const STACK_OVERFLOW = /call stack size exceeded|stack overflow/i;

/** Ends the building of a tree that cannot be finished, for instance a YAML bomb. */
class Refusal extends Error {
  constructor(readonly at: Position, readonly path: string, message: string) {
    super(message);
  }
}

class TreeBuilder {
  #count = 0;
  /** The nodes that aliases mean; the library's own look-up walks the whole document each time. */
  readonly #anchors = new Map<string, Node>();
  /** How many aliases we are inside of: what is met there was met before. */
  #expanding = 0;

  constructor(
    readonly lines: LineCounter,
    readonly report: Report,
  ) {}

  build(node: unknown, path: string, depth: number): FlowNode {
    const at = this.#position(node);
    this.#count += 1;
    if (this.#count > MAX_NODES) {
      throw new Refusal(
        at,
        path,
        `aliases expand to more than ${MAX_NODES} values; expected a flow without such repetition`,
      );
    }
    if (depth > MAX_DEPTH) {
      throw new Refusal(at, path, `nested too deeply; expected at most ${MAX_DEPTH} levels`);
    }
    if (isAlias(node)) {
      const target = this.#target(node, path, at);
      this.#expanding += 1;
      const built = this.build(target, path, depth + 1);
      this.#expanding -= 1;
      return { ...built, at };
    }
    this.#rememberAnchor(node);
    const jtype = this.#jtypeOfTag(node, path, at);
    const built = isMap(node)
      ? this.#map(node, path, depth, at)
      : isSeq(node)
      ? this.#list(node, path, depth, at)
      : this.#scalar(node, path, at);
    return jtype === undefined ? built : withJtype(built, jtype);
  }

  #rememberAnchor(node: unknown): void {
    const anchor = isNode(node) && !isAlias(node) ? node.anchor : undefined;
    if (anchor !== undefined && this.#expanding === 0) this.#anchors.set(anchor, node as Node);
  }

  #target(alias: Alias, path: string, at: Position): Node {
    const target = this.#anchors.get(alias.source);
    if (target !== undefined) return target;
    const message = `the alias *${alias.source} has no anchor; expected &${alias.source} before it`;
    throw new Refusal(at, path, message);
  }

  #position(node: unknown): Position {
    const range = (node as Node | null)?.range;
    if (range === undefined || range === null) return START;
    const { line, col } = this.lines.linePos(range[0]);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  #scalar(node: unknown, path: string, at: Position): ScalarNode {
    if (!isScalar(node)) return scalarNode(null, "", path, at);
    const value: unknown = node.value;
    // A date or bytes, which `%YAML 1.1` brings in, is only its text here.
    const source = node.source ?? (value === null || value === undefined ? "" : String(value));
    const plain = value === undefined || value === null
      ? null
      : typeof value === "number" || typeof value === "boolean" || typeof value === "string"
      ? value
      : source;
    return scalarNode(plain, typeof plain === "string" ? plain : source, path, at);
  }

  #list(node: YAMLSeq, path: string, depth: number, at: Position): FlowNode {
    const items = node.items.map((item, index) => this.build(item, `${path}[${index}]`, depth + 1));
    return { kind: "list", at, path, items };
  }

  #map(node: YAMLMap, path: string, depth: number, at: Position): MapNode {
    const entries: MapNode["entries"] = new Map();
    const merges: MapNode[] = [];
    for (const pair of node.items) {
      const keyAt = this.#position(pair.key);
      this.#rememberAnchor(pair.key);
      const keyNode = isAlias(pair.key) ? this.#target(pair.key, path, keyAt) : pair.key;
      if (!isScalar(keyNode)) {
        const message = "a key is a collection or missing; expected a name before ':'";
        this.report.problem(keyAt, path, message);
        continue;
      }
      const key = typeof keyNode.value === "string"
        ? keyNode.value
        : keyNode.source ?? String(keyNode.value);
      if (key === "<<") {
        merges.push(...this.#merged(this.build(pair.value, path, depth + 1)));
        continue;
      }
      const first = entries.get(key);
      const keyPath = childPath(path, key);
      if (first !== undefined) {
        this.report.problem(
          keyAt,
          keyPath,
          `the key stands twice, first in line ${first.keyAt.line}; expected it once`,
        );
        continue;
      }
      const value = this.build(pair.value, keyPath, depth + 1);
      // What is missing after `key:` has no place of its own: the key's is the one to look at.
      const placed = pair.value === null ? { ...value, at: keyAt } : value;
      entries.set(key, { keyAt, node: placed });
    }
    for (const merged of merges) {
      for (const [key, entry] of merged.entries) {
        if (!entries.has(key)) entries.set(key, entry);
      }
    }
    return { kind: "map", at, path, entries };
  }

  #merged(node: FlowNode): MapNode[] {
    if (node.kind === "map") return [node];
    if (node.kind === "list") return node.items.flatMap((item) => this.#merged(item));
    this.report.problem(node.at, node.path, "'<<' merges no mapping; expected an alias to one");
    return [];
  }

  /** `!Flow`, `!CLIPEncoder` and the like are how Jina before version 2 wrote `jtype:`. */
  #jtypeOfTag(node: unknown, path: string, at: Position): string | undefined {
    const tag = (node as Node | null)?.tag;
    if (tag === undefined || PLAIN_TAGS.has(tag)) return undefined;
    const name = /^!(\w+)$/.exec(tag)?.[1];
    if (name !== undefined && (isMap(node) || (isScalar(node) && !node.source))) return name;
    this.report.problem(
      at,
      path,
      `the tag '${tag}' is not known here; expected plain YAML, or !Flow or !CLIPEncoder`,
    );
    return undefined;
  }
}

function scalarNode(
  value: ScalarNode["value"],
  text: string,
  path: string,
  at: Position,
): ScalarNode {
  return { kind: "scalar", at, path, value, text, unset: [] };
}

function withJtype(node: FlowNode, jtype: string): MapNode {
  const map: MapNode = node.kind === "map"
    ? node
    : { kind: "map", at: node.at, path: node.path, entries: new Map() };
  if (!map.entries.has("jtype")) {
    const value = scalarNode(jtype, jtype, childPath(map.path, "jtype"), map.at);
    map.entries.set("jtype", { keyAt: map.at, node: value });
  }
  return map;
}
