/** The validator's findings in the words of FastAPI and pydantic 1, which clients know. */
import type { z } from "zod";
import type { ValidationDetail } from "../document/request_error.ts";

/** pydantic's words for a value of the wrong type, by the type that was expected. */
const TYPES: Record<string, [msg: string, type: string]> = {
  array: ["value is not a valid list", "type_error.list"],
  object: ["value is not a valid dict", "type_error.dict"],
  record: ["value is not a valid dict", "type_error.dict"],
  string: ["str type expected", "type_error.str"],
  number: ["value is not a valid float", "type_error.float"],
  int: ["value is not a valid integer", "type_error.integer"],
};
/** A body with a fault in each of its documents is not worth telling whole. */
export const MAX_DETAILS = 10;

/**
 * Issues as `detail` entries.
 *
 * @param value what was validated: an alternative that does not even fit its type is left out.
 * @param base where the value is.
 */
export function toDetails(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  base: (string | number)[],
): ValidationDetail[] {
  const details: ValidationDetail[] = [];
  for (const issue of issues) collect(issue, base, value, details);
  return details;
}

function collect(
  issue: z.core.$ZodIssue,
  base: (string | number)[],
  value: unknown,
  details: ValidationDetail[],
): void {
  const loc = [...base, ...issue.path as (string | number)[]];
  if (issue.code === "invalid_union") {
    const inner = issue.path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      value,
    );
    // The alternatives that the value got into; or all of them, if it got into none.
    const entered = issue.errors.filter((branch) => branch.every((found) => found.path.length > 0));
    for (const branch of entered.length > 0 ? entered : issue.errors) {
      for (const found of branch) collect(found, loc, inner, details);
    }
    return;
  }
  if (issue.code === "invalid_type") {
    const [msg, type] = TYPES[issue.expected] ?? [issue.message, "type_error"];
    details.push({ loc, msg, type });
    return;
  }
  details.push({ loc, msg: issue.message, type: `value_error.${issue.code}` });
}
