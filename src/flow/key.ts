/**
 * How a key of a flow is declared: once, with what it may hold, its default and its documentation.
 * Validation, the JSON Schema, `--help` and the reference page all read these declarations.
 */
import { z } from "zod";
import { type FlowNode, isEmpty, toPlain } from "./node.ts";

/** What a path in a flow must lead to; a new directory need not be there. */
export type PathKind = "file" | "directory" | "file or directory" | "new directory";

/** One key: its schema and everything that is said about it. */
export interface Key<S extends z.ZodType = z.ZodType> {
  /** Checks what `read` gives; `undefined` (the key is not there) becomes the default. */
  schema: S;
  /** The node as the value to check, with the leniencies of Jina: `"4"` is a number where one is wanted. */
  read(node: FlowNode): unknown;
  /** What may stand here, to follow the word "expected". */
  expected: string;
  /** The kind of value, for tables. */
  type: string;
  /** One paragraph for users; the first sentence stands alone in `--help`. */
  doc: string;
  /** Other spellings that mean the same key. */
  aliases: readonly string[];
  /** The value is a path (or a list of them), made absolute and checked to be there. */
  path?: PathKind;
  /** A path may also be the address of an object or a prefix in a bucket. */
  buckets?: true;
  /** The words that may stand here, for a did-you-mean. */
  words?: readonly string[];
  /** Words that people write for another one: `gpu` for `cuda`. */
  meant?: Readonly<Record<string, string>>;
  /** A list may also be written as its only item. */
  list?: boolean;
  /** Never show the value. */
  secret?: boolean;
}

/** A mapping in the flow, key by key. */
export type Section = Record<string, Key>;

/** `minibatch_size` -> `minibatchSize`. */
export type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

/** A section's values once they are checked: names in camel case, every default filled in. */
export type SectionValue<S extends Section> = {
  [K in keyof S & string as CamelCase<K>]: z.output<S[K]["schema"]>;
};

interface Common {
  doc: string;
  aliases?: readonly string[];
}

function common({ doc, aliases = [] }: Common) {
  return { doc, aliases };
}

/** Python's `int()` and `float()`, which Jina applies to every text of a flow. */
function readNumber(node: FlowNode): unknown {
  if (node.kind !== "scalar" || typeof node.value !== "string") return toPlain(node);
  const text = node.value.trim().replace(/(?<=\d)_(?=\d)/g, "");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : node.value;
}

function range(min: number, max: number): string {
  if (min === -Infinity && max === Infinity) return "";
  if (max >= Number.MAX_SAFE_INTEGER) return ` from ${min}`;
  return ` from ${min} to ${max}`;
}

interface IntegerOptions<D extends number | null> extends Common {
  min: number;
  max?: number;
  /** `null`: not set unless the flow says so. */
  default: D;
}

/** A whole number within a range. */
export function integer<D extends number | null>(options: IntegerOptions<D>) {
  const max = options.max ?? Number.MAX_SAFE_INTEGER;
  const base = z.int().min(options.min).max(max);
  const schema =
    (options.default === null
      ? base.nullable().default(null)
      : base.default(options.default)) as unknown as z.ZodType<
        D extends null ? number | null : number
      >;
  return {
    ...common(options),
    schema,
    read: readNumber,
    expected: `a whole number${range(options.min, max)}`,
    type: "integer",
  } satisfies Key;
}

const YES = /^(true|yes|on)$/i;
const NO = /^(false|no|off)$/i;

/** True or false; also `yes`, `no`, `on` and `off`, which older YAML reads so. */
export function flag(options: Common & { default: boolean }) {
  return {
    ...common(options),
    schema: z.boolean().default(options.default),
    read(node: FlowNode) {
      if (node.kind !== "scalar" || typeof node.value !== "string") return toPlain(node);
      return YES.test(node.value) ? true : NO.test(node.value) ? false : node.value;
    },
    expected: "true or false",
    type: "boolean",
  } satisfies Key;
}

/** A text as it is written: a number in its place is taken as its digits. */
function readText(node: FlowNode): unknown {
  return node.kind === "scalar" && node.value !== null ? node.text : toPlain(node);
}

interface TextOptions<D extends string | null> extends Common {
  default: D;
  /** A text must match this; `expected` says it in words. */
  pattern?: RegExp;
  expected?: string;
  secret?: boolean;
  /** Typical values, for editors to offer. */
  words?: readonly string[];
  meant?: Readonly<Record<string, string>>;
}

/** A text. */
export function text<D extends string | null>(options: TextOptions<D>) {
  const base = options.pattern === undefined ? z.string() : z.string().regex(options.pattern);
  const schema =
    (options.default === null
      ? base.nullable().default(null)
      : base.default(options.default)) as unknown as z.ZodType<
        D extends null ? string | null : string
      >;
  return {
    ...common(options),
    schema,
    read: readText,
    expected: options.expected ?? "a text",
    type: "string",
    ...(options.secret ? { secret: true } : {}),
    ...(options.words === undefined ? {} : { words: options.words }),
    ...(options.meant === undefined ? {} : { meant: options.meant }),
  } satisfies Key;
}

interface ChoiceOptions<W extends readonly string[], D extends W[number] | null> extends Common {
  words: W;
  default: D;
  /** Other spellings -> the word; written in lower case. */
  synonyms?: Readonly<Record<string, W[number]>>;
}

function readWord(
  node: FlowNode,
  words: readonly string[],
  synonyms: Readonly<Record<string, string>>,
): unknown {
  const raw = readText(node);
  if (typeof raw !== "string") return raw;
  const lower = raw.toLowerCase();
  if (Object.hasOwn(synonyms, lower)) return synonyms[lower];
  return words.find((word) => word.toLowerCase() === lower) ?? raw;
}

/** One of a few words, in any case. */
export function choice<const W extends readonly string[], D extends W[number] | null>(
  options: ChoiceOptions<W, D>,
) {
  const { words, synonyms = {} } = options;
  const base = z.enum(words);
  const schema =
    (options.default === null
      ? base.nullable().default(null)
      : base.default(options.default as never)) as unknown as z.ZodType<
        D extends null ? W[number] | null : W[number]
      >;
  return {
    ...common(options),
    schema,
    read: (node: FlowNode) => readWord(node, words, synonyms),
    expected: oneOf(words),
    type: words.join(" \\| "),
    words,
  } satisfies Key;
}

/** `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

type Item<I extends Key> = NonNullable<z.output<I["schema"]>>;

interface ListOptions<I extends Key, D extends readonly Item<I>[] | null> extends Common {
  /** What each item is. */
  item: I;
  /** `null`: not set unless the flow says so. */
  default: D;
  path?: PathKind;
  /** An empty list says nothing, and is refused. */
  some?: boolean;
}

/**
 * A list, also written as its only item, or as a text `[a, b]`: that is what Jina makes of a list
 * in an environment variable.
 */
export function list<I extends Key, const D extends readonly Item<I>[] | null>(
  options: ListOptions<I, D>,
) {
  const { item } = options;
  const all = z.array(bare(item.schema));
  const items = options.some || options.default === null ? all.min(1) : all;
  const schema =
    (options.default === null
      ? items.nullable().default(null)
      : items.default([...options.default])) as unknown as z.ZodType<
        D extends null ? Item<I>[] | null : Item<I>[]
      >;
  return {
    ...common(options),
    schema,
    read: (node: FlowNode) => listItems(node).map((one) => item.read(one)),
    expected: `${item.expected}, or a list of these`,
    type: `${item.type} or list`,
    list: true,
    ...(item.words === undefined ? {} : { words: item.words }),
    ...(options.path === undefined ? {} : { path: options.path }),
  } satisfies Key;
}

/** The items of a list node; a single value is a list of one, a text `[a, b]` a list of two. */
export function listItems(node: FlowNode): FlowNode[] {
  if (node.kind === "list") return node.items;
  if (node.kind === "scalar" && typeof node.value === "string") {
    const inside = /^\[(.*)\]$/s.exec(node.value.trim())?.[1];
    if (inside !== undefined) {
      return inside.split(",").map((part) => part.trim()).filter((part) => part !== "").map(
        (part) => part.replace(/^(["'])(.*)\1$/, "$2"),
      ).map((value) => ({ ...node, value, text: value }));
    }
  }
  return [node];
}

/** The schema without default and null: a hole in a list is not a value. */
function bare(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodNullable
    ? bare(schema.def.innerType as z.ZodType)
    : schema;
}

/** A path; `null` if the flow does not say. */
export function path(options: Common & { kind: PathKind; buckets?: true }) {
  const { kind, buckets } = options;
  return {
    ...text({
      ...options,
      default: null,
      expected: kind === "new directory"
        ? "the path of a directory, which is made if it is not there"
        : `the path of a ${kind}${buckets ? ", or s3://bucket/prefix" : ""}`,
    }),
    type: buckets ? "path or s3:// address" : "path",
    path: kind,
    ...(buckets ? { buckets } : {}),
  } satisfies Key;
}

const VARIABLE_NAME = /^[A-Za-z_]\w*$/;

/** Environment variables: a mapping of names to texts. */
export function variables(options: Common) {
  return {
    ...common(options),
    schema: z.record(z.string().regex(VARIABLE_NAME), z.string()).default({}),
    read(node: FlowNode) {
      if (node.kind !== "map") return toPlain(node);
      const read: Record<string, unknown> = Object.create(null);
      for (const [name, entry] of node.entries) {
        read[name] = isEmpty(entry.node) ? "" : readText(entry.node);
      }
      return { ...read };
    },
    expected: "a mapping of variable names to texts",
    type: "mapping",
  } satisfies Key;
}

/** A mapping that may also be written as a JSON text, checked by `schema`. */
export function mapping<S extends z.ZodType>(
  options: Common & { schema: S; expected: string },
) {
  return {
    ...common(options),
    schema: options.schema,
    read(node: FlowNode) {
      if (node.kind !== "scalar" || typeof node.value !== "string") return toPlain(node);
      try {
        return JSON.parse(node.value);
      } catch {
        return node.value;
      }
    },
    expected: options.expected,
    type: "mapping or JSON text",
  } satisfies Key;
}
