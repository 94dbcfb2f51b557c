/** Bodies held against the schema that describes them. */
import type { z } from "zod";
import { ClipError } from "../../errors.ts";
import type { HttpCall } from "../../exchange/http.ts";
import type { BodyBounds } from "./body_size.ts";
import { jsonBody } from "./json_body.ts";

/** A field is missing or has the wrong type or value. */
export class FieldError extends ClipError {
  /** Where, as `input.3.text`; `null` if it is the whole body. */
  readonly param: string | null;

  /** @param path keys and indices that lead to the field. */
  constructor(path: readonly PropertyKey[], reason: string) {
    const param = path.map(String).join(".");
    super("invalid", param === "" ? reason : `'${param}': ${reason}`, { name: "FieldError" });
    this.param = param === "" ? null : param;
  }
}

/** Where a request is at fault, if that is known: of a {@linkcode FieldError}, or of an item. */
export function paramOf(error: ClipError): string | null {
  return error instanceof FieldError || error instanceof ItemError ? error.param : null;
}

/** An item cannot be embedded. */
export class ItemError extends ClipError {
  /** Where it stands, as `input.3`. */
  readonly param: string;

  /** @param fault what is wrong with it. */
  constructor(param: string, { kind, message, name }: ClipError) {
    super(kind, `${param}: ${message}`, { name });
    this.param = param;
  }
}

/**
 * The body as its schema has it. Unknown fields are no fault.
 * @throws {FieldError} the first field that is wrong.
 * @throws {ClipError} as `jsonBody`.
 */
export async function typedBody<Schema extends z.ZodType>(
  call: HttpCall,
  bounds: BodyBounds,
  schema: Schema,
): Promise<z.output<Schema>> {
  return typed(await jsonBody(call, bounds), schema);
}

/**
 * A value as its schema has it.
 * @param at keys and indices that lead to the value.
 * @throws {FieldError}
 */
export function typed<Schema extends z.ZodType>(
  value: unknown,
  schema: Schema,
  at: readonly PropertyKey[] = [],
): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const issue = firstIssue(error.issues, at);
  throw new FieldError(issue.path, issue.message);
}

/** The first fault; of a field that may be one of several things the one that got furthest. */
function firstIssue(issues: readonly z.core.$ZodIssue[], before: readonly PropertyKey[]): {
  path: PropertyKey[];
  message: string;
} {
  const issue = issues[0]!;
  const path = [...before, ...issue.path];
  if (issue.code === "invalid_union") {
    const deepest = issue.errors.filter((errors) =>
      errors.length > 0
    ).sort((a, b) => b[0]!.path.length - a[0]!.path.length)[0];
    if (deepest && deepest[0]!.path.length > 0) {
      return firstIssue(deepest, path);
    }
  }
  return { path, message: issue.message };
}
