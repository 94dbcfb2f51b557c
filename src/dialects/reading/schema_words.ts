/** What is wrong with a field, in words for whoever sent it: zod's own speak of JavaScript's values. */
import type { z } from "zod";

/** JSON's types, as zod calls them. */
const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** The words for a fault; undefined leaves them to zod, and a schema's own go before them. */
export function schemaWords(issue: z.core.$ZodRawIssue): string | undefined {
  const { input } = issue;
  switch (issue.code) {
    case "invalid_type": {
      const expected = TYPES[issue.expected];
      return expected && `expected ${expected}, and it is ${whatIs(input)}`;
    }
    case "invalid_value": {
      const values = issue.values.map((value) => JSON.stringify(value)).join(", ");
      const expected = `expected ${issue.values.length > 1 ? "one of " : ""}${values}`;
      return input === undefined ? `${expected}, and it is missing` : expected;
    }
    case "too_small":
      return bound(issue.origin, issue.minimum, issue.inclusive === false ? "over" : "at least");
    case "too_big":
      return bound(issue.origin, issue.maximum, issue.inclusive === false ? "under" : "at most");
    case "invalid_union":
      return input === undefined
        ? "it is missing"
        : `it is ${whatIs(input)} of a kind not taken here`;
  }
  return undefined;
}

function bound(origin: string, limit: number | bigint, words: string): string {
  if (origin === "array") return `expected a list of ${words} ${limit}`;
  if (origin === "string") return `expected ${words} ${limit} characters`;
  return `expected ${words} ${limit}`;
}

function whatIs(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? TYPES.array! : TYPES[typeof value] ?? "something else";
}
