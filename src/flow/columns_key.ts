/** `columns` of an indexer: what filters may ask about, in all the ways in which people write it. */
import { z } from "zod";
import { type Key, oneOf } from "./key.ts";
import { describeNode, type FlowNode } from "./node.ts";

/** As annlite has them. */
const COLUMN_TYPES = ["str", "int", "float"] as const;
type ColumnType = (typeof COLUMN_TYPES)[number];

/** Other words for them: Python's, those of databases and of JSON. */
const TYPE_SYNONYMS: Readonly<Record<string, ColumnType>> = {
  string: "str",
  text: "str",
  keyword: "str",
  integer: "int",
  long: "int",
  int32: "int",
  int64: "int",
  double: "float",
  number: "float",
  real: "float",
  float32: "float",
  float64: "float",
};

/** More would make a row of a database wide, and each has an index. */
const MAX_COLUMNS = 64;
/** A name in PostgreSQL has 63 bytes, of which an engine wants some for itself. */
const MAX_NAME_BYTES = 48;

const TYPE = z.string().meta({ examples: [...COLUMN_TYPES] });

/** The columns: `[[name, type], …]`, `{name: type, …}`, or Python's list of tuples as a text. */
export function columns(options: { doc: string; aliases?: readonly string[] }) {
  return {
    doc: options.doc,
    aliases: options.aliases ?? [],
    schema: z.union([z.array(z.array(TYPE)), z.record(z.string(), TYPE), z.string()])
      .superRefine(checkColumns)
      .transform((value): Readonly<Record<string, ColumnType>> =>
        Object.fromEntries(pairsOf(value).map(({ name, type }) => [name, type as ColumnType]))
      )
      .default({}),
    read: readColumns,
    expected: `columns as {name: type} or [[name, type]], each type ${oneOf(COLUMN_TYPES)}`,
    type: "mapping or list of pairs",
  } satisfies Key;
}

type Written = string | string[][] | Record<string, string>;

interface Column {
  name: string | undefined;
  type: string | undefined;
  /** Where name and type stand in the value. */
  nameAt: PropertyKey[];
  typeAt: PropertyKey[];
}

function pairsOf(value: Written): Column[] {
  if (typeof value === "string") return [];
  if (!Array.isArray(value)) {
    return Object.entries(value).map(([name, type]) => ({
      name,
      type,
      nameAt: [name],
      typeAt: [name],
    }));
  }
  return value.map((pair, index) => ({
    name: pair.length === 2 ? pair[0] : undefined,
    type: pair.length === 2 ? pair[1] : undefined,
    nameAt: pair.length === 2 ? [index, 0] : [index],
    typeAt: [index, 1],
  }));
}

function checkColumns(value: Written, context: z.RefinementCtx): void {
  const wrong = (path: PropertyKey[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  if (typeof value === "string") return wrong([], "the text is no list of pairs");
  const pairs = pairsOf(value);
  if (pairs.length > MAX_COLUMNS) return wrong([], `these are more than ${MAX_COLUMNS} columns`);
  // SQLite tells columns apart without their case.
  const names = new Set<string>();
  for (const { name, type, nameAt, typeAt } of pairs) {
    if (name === undefined) {
      wrong(nameAt, "it is no pair of a name and a type");
      continue;
    }
    const folded = name.toLowerCase();
    const fault = faultOfName(name);
    if (fault !== undefined) wrong(nameAt, fault);
    else if (names.has(folded)) wrong(nameAt, `the column ${JSON.stringify(name)} is there twice`);
    else if (!COLUMN_TYPES.some((known) => known === type)) {
      wrong(typeAt, `${JSON.stringify(type)} is not a type of columns`);
    }
    names.add(folded);
  }
}

function faultOfName(name: string): string | undefined {
  const shown = JSON.stringify(name.slice(0, MAX_NAME_BYTES));
  if (name === "") return "the name is empty";
  if (name.startsWith("$")) return `the name ${shown} begins with '$', as operators do`;
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f]/.test(name) || !name.isWellFormed() || name === "__proto__") {
    return `${shown} cannot be the name of a column`;
  }
  return new TextEncoder().encode(name).length > MAX_NAME_BYTES
    ? `the name ${shown} has more than ${MAX_NAME_BYTES} bytes`
    : undefined;
}

/** `<class 'str'>` and `builtins.str` are how Python shows the type that annlite takes by name. */
function readType(text: string): string {
  const plain = text.trim().replace(/^<class '(\w+)'>$/, "$1").replace(/^builtins\./, "");
  const lower = plain.toLowerCase();
  return Object.hasOwn(TYPE_SYNONYMS, lower) ? TYPE_SYNONYMS[lower]! : lower;
}

function readColumns(node: FlowNode): unknown {
  if (node.kind === "map") {
    const read: Record<string, unknown> = Object.create(null);
    for (const [name, { node: type }] of node.entries) read[name] = readPart(type, true);
    // zod passes over this name in an object; as a pair it is refused.
    return Object.hasOwn(read, "__proto__") ? Object.entries(read) : { ...read };
  }
  const texts = node.kind === "list" ? node.items : [node];
  // `[('a', 'str'), ('b', 'int')]` is Python, of which YAML makes texts like `('a'`.
  if (texts.every((item) => item.kind === "scalar") && texts.length > 0) {
    const text = texts.map((item) => item.kind === "scalar" ? item.text : "").join(",");
    return readTuples(text) ?? (node.kind === "list" ? texts.map((item) => [item]) : text);
  }
  return texts.map((item) =>
    item.kind === "list"
      ? item.items.map((part, index) => readPart(part, index === 1))
      : item.kind === "scalar"
      ? readTuples(item.text)?.[0] ?? describeNode(item)
      : describeNode(item)
  );
}

function readPart(node: FlowNode, isType: boolean): unknown {
  if (node.kind !== "scalar" || node.value === null) return undefined;
  return isType ? readType(node.text) : node.text;
}

/** Python's or JSON's list of pairs of words -> pairs; undefined if the text is anything else. */
function readTuples(text: string): string[][] | undefined {
  const pair =
    /^[\s,]*[(\[]\s*(["']?)([^"'(),\[\]]+?)\1\s*,\s*(["']?)([^"'(),\[\]]+?)\3\s*,?\s*[)\]]/;
  const pairs: string[][] = [];
  let rest = text.trim().replace(/^\[(?=\s*[(\[])(.*)\]$/s, "$1");
  while (rest.replace(/^[\s,]+/, "") !== "") {
    const found = pair.exec(rest);
    if (found === null || pairs.length > MAX_COLUMNS) return undefined;
    pairs.push([found[2]!, readType(found[4]!)]);
    rest = rest.slice(found[0].length);
  }
  return pairs.length > 0 ? pairs : undefined;
}
