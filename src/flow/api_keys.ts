/** `api_keys`: who may use the server, and how much of it each. */
import { z } from "zod";
import { integer, type Key, listItems } from "./key.ts";
import type { FlowNode } from "./node.ts";

/** What a key may have beside itself. */
const KEY_LIMITS = z.strictObject({
  /** As the log and the metrics show it. */
  name: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/).optional(),
  /** Documents a second. */
  rate: z.number().positive().max(1e9).optional(),
  /** Documents that may come at once; by default those of one second. */
  burst: z.number().min(1).max(1e9).optional(),
  /** Of what may wait in the queues of all executors. */
  share: z.number().positive().max(1).optional(),
});

/** What a header can carry, without what separates words. */
const KEY = /^[\x21-\x2b\x2d-\x7e]{1,512}$/;

/** A key with its limits. */
export const API_KEY = KEY_LIMITS.extend({
  // Not as a pattern: to an editor it may be a variable still.
  key: z.string().min(1).max(512).refine((key) => KEY.test(key)),
});

/** A key, as flow and file say it. */
export type ApiKeyConfig = z.output<typeof API_KEY>;

/** A file of keys, as an absolute path. */
export interface ApiKeyFile {
  file: string;
}

/** Keys of fewer characters can be guessed. */
export const LEAST_KEY_CHARACTERS = 16;

/** Each request is compared with all of them. */
export const MAX_API_KEYS = 1000;

/** Says that a key is short, without it. */
export const SHORT_KEY =
  `has fewer than ${LEAST_KEY_CHARACTERS} characters, and may be guessed: make one with ` +
  "'openssl rand -hex 32'";

const ENTRY = z.union([
  API_KEY.shape.key,
  API_KEY,
  z.strictObject({ file: z.string().min(1) }),
]);

/** The keys; `null` for none, which lets everybody in. */
export function apiKeys(options: { doc: string }) {
  return {
    doc: options.doc,
    aliases: [],
    schema: z.array(ENTRY).min(1).max(MAX_API_KEYS).nullable().default(null).transform((entries) =>
      entries && entries.map((entry) => typeof entry === "string" ? { key: entry } : entry)
    ),
    read: (node: FlowNode) => listItems(node).map(readEntry),
    expected: "a key of visible characters without blanks and commas, {key, name, rate, burst, " +
      `share}, {file}, or a list of these (of at most ${MAX_API_KEYS})`,
    type: "text, mapping or list",
    list: true,
    secret: true,
  } satisfies Key;
}

const { read: readNumber } = integer({ doc: "", min: 0, default: null });

function readEntry(node: FlowNode): unknown {
  if (node.kind !== "map") return readWord(node);
  return Object.fromEntries(
    [...node.entries].map(([name, { node }]) => {
      const number = name === "rate" || name === "burst" || name === "share";
      return [name, number ? readNumber(node) : readWord(node)];
    }),
  );
}

/** A text as it is written. A variable without a value is none: its name would be the key. */
function readWord(node: FlowNode): unknown {
  return node.kind === "scalar" && node.value !== null && node.unset.length === 0
    ? node.text
    : null;
}

/** The name of a key that has none, by its place from 0. */
export function unnamedKey(index: number): string {
  return `key-${index + 1}`;
}
