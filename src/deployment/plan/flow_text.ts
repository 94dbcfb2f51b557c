/** A flow's text, to be read and changed key by key: what the user wrote around them stays. */
import { LineCounter, parseDocument, visit, type YAMLMap } from "yaml";
import { listItems } from "../../flow/key.ts";
import { type FlowNode, isEmpty, type MapNode } from "../../flow/node.ts";
import { FlowError, type Position, Report } from "../../flow/problem.ts";
import { kindOfExecutor } from "../../flow/executor_kind.ts";
import { parseYamlTree } from "../../flow/yaml_tree.ts";

/** What stands in the text from `start` to before `end` gives way. */
interface Edit {
  start: number;
  end: number;
  text: string;
}

/** A YAML word that needs no quotes. */
const PLAIN = /^\/[\w./-]*$/;

/** A flow that is changed. Variables in it are as they are written. */
export class FlowText {
  readonly root: MapNode;
  /** What cannot be, with its places. */
  readonly report: Report;
  readonly #text: string;
  readonly #lineStarts: readonly number[];
  /** Ends of scalars and aliases, by their starts. */
  readonly #ends = new Map<number, number>();
  readonly #maps = new Map<number, YAMLMap>();
  readonly #edits = new Map<number, Edit>();

  /** @throws {FlowError} if it is no YAML of a flow. */
  constructor(text: string, file: string) {
    this.report = new Report(file);
    const root = parseYamlTree(text, this.report);
    if (root === undefined) throw new FlowError(this.report.problems);
    this.root = root;
    this.#text = text;
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
    this.#lineStarts = lines.lineStarts;
    visit(document, {
      Scalar: (_, node) => {
        if (node.range) this.#ends.set(node.range[0], node.range[1]);
      },
      Alias: (_, node) => {
        if (node.range) this.#ends.set(node.range[0], node.range[1]);
      },
      Map: (_, node) => {
        if (node.range) this.#maps.set(node.range[0], node);
      },
    });
  }

  /** The sections of the gateway, that which wins first. */
  get gateway(): readonly MapNode[] {
    return sections([this.#part(this.root, "gateway"), this.#part(this.root, "with")]);
  }

  /** `uvicorn_kwargs` of the gateway. */
  get uvicorn(): readonly MapNode[] {
    return sections(this.gateway.map((section) => this.#part(section, "uvicorn_kwargs"))).slice(
      0,
      1,
    );
  }

  /** The entries of `executors` of a kind, in the order of the file. */
  entries(kind: "encoder" | "indexer"): FlowNode[] {
    const list = this.#part(this.root, "executors");
    const items = list?.kind === "list" ? list.items : [];
    return items.filter((item) => kindOfExecutor(item) === kind);
  }

  /** The sections with an executor's own settings, that which wins first. */
  settings(entry: FlowNode): readonly MapNode[] {
    return sections([
      this.#part(entry, "uses_with"),
      this.#part(this.#part(entry, "uses"), "with"),
    ]);
  }

  /** The sections around them, in which a workspace may stand. */
  surroundings(entry: FlowNode): readonly MapNode[] {
    const uses = this.#part(entry, "uses");
    return sections([entry, uses, this.#part(entry, "uses_metas"), this.#part(uses, "metas")]);
  }

  /** Writes a value in place of a node's; a list of several has a node for each item. */
  replace(node: FlowNode, value: string | number): void {
    const start = this.#offset(node.at);
    const end = this.#ends.get(start);
    if (end === undefined) {
      this.report.problem(node.at, node.path, "cannot be changed here; expected a plain value");
      return;
    }
    const plain = typeof value === "number" || PLAIN.test(value);
    this.#put(start, end, plain ? String(value) : JSON.stringify(value));
  }

  /** The same for a list of numbers, however it is written. */
  replaceNumbers(node: FlowNode, values: readonly number[]): void {
    const items = listItems(node);
    if (node.kind === "list") {
      for (const [index, item] of items.entries()) this.replace(item, values[index]!);
      return;
    }
    const start = this.#offset(node.at);
    const end = this.#ends.get(start) ?? start;
    this.#put(start, end, values.length === 1 ? String(values[0]) : `[${values.join(", ")}]`);
  }

  /** Writes a key into the gateway's section, or makes one. */
  addToGateway(key: string, value: string | number | boolean): void {
    for (const section of this.gateway) {
      const map = this.#maps.get(this.#offset(section.at));
      const first = map?.items[0]?.key;
      if (map === undefined || !isRanged(first)) continue;
      this.#insert(first.range[0], `${key}: ${value}`, map.flow === true, section.at);
      return;
    }
    const map = this.#maps.get(this.#offset(this.root.at));
    const first = map?.items[0]?.key;
    if (map === undefined || !isRanged(first)) return;
    // A section that is there and empty is none.
    const section = ["with", "gateway"].find((name) => !this.root.entries.has(name));
    if (section === undefined) {
      const { at, path } = this.root.entries.get("with")!.node;
      this.report.problem(at, path, `is empty; expected '${key}: ${value}' in it`);
      return;
    }
    this.#insert(
      first.range[0],
      `${section}: { ${key}: ${value} }`,
      map.flow === true,
      this.root.at,
    );
  }

  /**
   * The text with all changes, and with line breaks as YAML reads them.
   * @throws {FlowError} with all that was told to the report.
   */
  edited(): string {
    this.report.throwIfAny();
    let text = this.#text;
    for (
      const { start, end, text: put } of [...this.#edits.values()].sort((a, b) => b.start - a.start)
    ) {
      text = text.slice(0, start) + put + text.slice(end);
    }
    return text.replaceAll("\r\n", "\n");
  }

  #put(start: number, end: number, value: string): void {
    // A block of text reaches to the next line.
    const text = this.#text.slice(start, end).endsWith("\n") ? `${value}\n` : value;
    this.#edits.set(start, { start, end, text });
  }

  #insert(start: number, line: string, flow: boolean, { column }: Position): void {
    const text = flow ? `${line}, ` : `${line}\n${" ".repeat(column - 1)}`;
    const before = this.#edits.get(start);
    this.#edits.set(start, { start, end: before?.end ?? start, text: (before?.text ?? "") + text });
  }

  #part(node: FlowNode | undefined, key: string): FlowNode | undefined {
    return node?.kind === "map" ? node.entries.get(key)?.node : undefined;
  }

  #offset({ line, column }: Position): number {
    return (this.#lineStarts[line - 1] ?? 0) + column - 1;
  }
}

/** The node of the first of these keys that stands in one of the sections. */
export function findKey(
  sections: readonly MapNode[],
  key: string,
  aliases: readonly string[] = [],
): FlowNode | undefined {
  for (const section of sections) {
    for (const spelling of [key, ...aliases]) {
      const node = section.entries.get(spelling)?.node;
      if (node !== undefined && !isEmpty(node)) return node;
    }
  }
  return undefined;
}

function sections(nodes: readonly (FlowNode | undefined)[]): MapNode[] {
  return nodes.filter((node): node is MapNode => node?.kind === "map" && node.entries.size > 0);
}

function isRanged(node: unknown): node is { range: [number, number, number] } {
  return typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range);
}
