/** One mapping of the flow -> its checked values; everything wrong with it goes to the report. */
import type { z } from "zod";
import { type Key, listItems, type Section, type SectionValue } from "./key.ts";
import { describeNode, type FlowNode, isEmpty, type MapNode } from "./node.ts";
import { isObjectAddress } from "../storage/object_address.ts";
import { checkAddress, checkPath, type PathContext } from "./paths.ts";
import type { Position, Report } from "./problem.ts";
import { SECTIONS, type SectionShape } from "./section.ts";
import { didYouMean } from "./suggest.ts";

/** A section that was read. */
export interface ReadSection<S extends Section> {
  /** Checked values, defaults filled in; where a value was wrong stands its default. */
  values: SectionValue<S>;
  /** The node of each key and part that was given, under its own name even if an alias was used. */
  nodes: Map<string, FlowNode>;
  /** The keys whose values did not fit. */
  wrong: ReadonlySet<string>;
  /** Where the section stands, for problems with what is not there. */
  at: Position;
  path: string;
}

/** What reading needs besides the tree. */
export interface ReadContext {
  report: Report;
  paths: PathContext;
}

/** More keys than this are not listed in a message. */
const LISTED_KEYS = 8;

/** Reads one section; `node` may be absent or empty, which leaves every default. */
export function readSection<S extends Section>(
  node: FlowNode | undefined,
  shape: SectionShape<S>,
  at: Position,
  context: ReadContext,
): ReadSection<S> {
  const path = node?.path ?? shape.title;
  const nodes = new Map<string, FlowNode>();
  if (node !== undefined && !isEmpty(node)) {
    if (node.kind === "map") sortEntries(node, shape, nodes, context.report);
    else {
      const keys = Object.keys(shape.keys).slice(0, 3).join(", ");
      context.report.problem(
        node.at,
        path,
        `${describeNode(node)} stands here; expected a mapping with keys like ${keys}`,
      );
    }
  }
  const values: Record<string, unknown> = {};
  const wrong = new Set<string>();
  for (const [name, key] of Object.entries(shape.keys)) {
    const before = context.report.problems.length;
    values[camelCase(name)] = readKey(nodes.get(name), key, context);
    if (context.report.problems.length > before) wrong.add(name);
  }
  return { values: values as SectionValue<S>, nodes, wrong, at: node?.at ?? at, path };
}

/** `base` with the entries of `over` put over it; problems keep pointing at where each stands. */
export function overlay(
  base: FlowNode | undefined,
  over: FlowNode | undefined,
): FlowNode | undefined {
  if (over === undefined || isEmpty(over)) return base;
  if (base === undefined || isEmpty(base)) return over;
  if (base.kind !== "map" || over.kind !== "map") return over;
  return { ...base, entries: new Map([...base.entries, ...over.entries]) };
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function sortEntries(
  map: MapNode,
  shape: SectionShape,
  into: Map<string, FlowNode>,
  report: Report,
): void {
  const names = new Map<string, string>();
  for (const [name, key] of Object.entries(shape.keys)) {
    for (const spelling of [name, ...key.aliases]) names.set(spelling, name);
  }
  for (const part of Object.keys(shape.parts)) names.set(part, part);
  const takenBy = new Map<string, string>();
  for (const [spelling, { keyAt, node }] of map.entries) {
    const name = names.get(spelling);
    if (name !== undefined) {
      const other = takenBy.get(name);
      if (other === undefined) {
        takenBy.set(name, spelling);
        into.set(name, node);
      } else {
        const message = `means the same as '${other}', which is given too; expected one of the two`;
        report.problem(keyAt, node.path, message);
      }
    } else if (shape.ignored.includes(spelling)) {
      const message = "is known to Jina and means nothing here; it is passed over";
      report.warn(keyAt, node.path, message, `${shape.title}.${spelling}`);
    } else {
      report.problem(keyAt, node.path, unknownKey(spelling, shape, [...names.keys()]));
    }
  }
}

function unknownKey(spelling: string, shape: SectionShape, names: readonly string[]): string {
  const near = didYouMean(spelling, names) || didYouMean(spelling, shape.ignored);
  if (near !== "") return `unknown key${near}`;
  const homes = SECTIONS.filter((other) =>
    other !== shape && (Object.hasOwn(other.keys, spelling) || Object.hasOwn(other.parts, spelling))
  );
  const home = homes.find(({ title }) => isOfIndexer(title) && isOfIndexer(shape.title)) ??
    homes[0];
  if (home !== undefined) {
    const encoders = shape.title === `${home.title} (indexer)` ? " of an encoder" : "";
    return `unknown key here; expected under ${
      home.title === "" ? "the root" : `'${home.title}'${encoders}`
    }`;
  }
  return names.length <= LISTED_KEYS
    ? `unknown key; expected ${names.join(", ")}`
    : `unknown key; expected one of the keys of '${shape.title}' in docs/flow.md`;
}

function isOfIndexer(title: string): boolean {
  return title.endsWith("(indexer)");
}

function readKey(node: FlowNode | undefined, key: Key, context: ReadContext): unknown {
  const fallback = key.schema.parse(undefined);
  if (node === undefined || isEmpty(node)) return fallback;
  const outcome = key.schema.safeParse(key.read(node), { error: unread });
  if (!outcome.success) {
    for (const issue of onePerPlace(outcome.error.issues)) reportIssue(issue, node, key, context);
    return fallback;
  }
  return key.path === undefined ? outcome.data : resolvePaths(outcome.data, node, key, context);
}

/**
 * In place of zod's own messages, which nobody reads here: to write them it asks a value for its
 * `constructor.name`, which may be a key of the flow with anything under it, and fails on that.
 */
function unread(): string {
  return UNREAD;
}

const UNREAD = "wrong";

/** Of several issues with one value only the first is worth a line. */
function onePerPlace(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const first = new Map<string, z.core.$ZodIssue>();
  for (const issue of issues) {
    const place = issue.path.map(String).join("\0");
    if (!first.has(place)) first.set(place, issue);
  }
  return [...first.values()];
}

function reportIssue(
  issue: z.core.$ZodIssue,
  node: FlowNode,
  key: Key,
  { report }: ReadContext,
): void {
  const at = nodeAt(node, issue.path, key);
  const inside = at === node && issue.path.length > 0 && !key.list
    ? ` at ${JSON.stringify(issue.path.map(String).join("."))}`
    : "";
  const found = describeFound(at, issue, key);
  const word = at.kind === "scalar" && key.words !== undefined ? meantWord(at.text, key) : "";
  report.problem(at.at, at.path, `${found}${inside}${unset(at)}; expected ${key.expected}${word}`);
}

function meantWord(text: string, key: Key): string {
  const meant = key.meant?.[text.toLowerCase()];
  return didYouMean(meant ?? text, key.words ?? []);
}

function describeFound(node: FlowNode, issue: z.core.$ZodIssue, key: Key): string {
  if (isEmpty(node)) return "nothing stands here";
  // Only a check of our own has words of its own.
  if (issue.code === "custom" && issue.message !== UNREAD) return issue.message;
  const value = key.secret ? "the value" : describeNode(node);
  if (issue.code === "too_small" && issue.origin === "array") return "the list is empty";
  if (issue.code === "too_small") return `${value} is too small`;
  if (issue.code === "too_big") return `${value} is too large`;
  if (issue.code === "invalid_value") return `${value} is not known`;
  return `${value} does not fit`;
}

/** A wrong value that still holds `$NAME` is wrong because that variable has no value. */
function unset(node: FlowNode): string {
  const values = node.kind === "map" ? [...node.entries.values()].map(({ node }) => node) : [node];
  const names = values.flatMap((value) => value.kind === "scalar" ? value.unset : []);
  return names.length > 0 ? ` (${names.join(", ")} has no value)` : "";
}

/** The node an issue speaks of: the item of a list, the entry of a mapping, or the key's own. */
function nodeAt(node: FlowNode, path: readonly PropertyKey[], key: Key): FlowNode {
  let found: FlowNode | undefined = node;
  for (const step of path) {
    if (found?.kind === "map") found = found.entries.get(String(step))?.node;
    else if (found !== undefined && (found.kind === "list" || key.list)) {
      found = listItems(found)[Number(step)];
    } else break;
  }
  return found ?? node;
}

function resolvePaths(value: unknown, node: FlowNode, key: Key, context: ReadContext): unknown {
  const resolve = (text: string, at: FlowNode) => {
    const checked = key.buckets && isObjectAddress(text)
      ? checkAddress(text)
      : checkPath(text, key.path!, context.paths);
    if (checked.ok) return checked.path;
    context.report.problem(at.at, at.path, `${checked.message}${unset(at)}`);
    return text;
  };
  if (typeof value === "string") return resolve(value, node);
  if (!Array.isArray(value)) return value;
  const items = listItems(node);
  return value.map((text: string, index) => resolve(text, items[index] ?? node));
}
