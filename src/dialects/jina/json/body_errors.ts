/** What is wrong with bodies that are no JSON, or none that is read. */
import { BodyValidationError } from "../document/request_error.ts";
import type { JsonFault } from "../../../encoding/json_fault.ts";

/** Bytes that are no text. */
export function notUtf8(): BodyValidationError {
  return new BodyValidationError([{
    loc: ["body"],
    msg: "the body is not valid UTF-8",
    type: "value_error.jsondecode",
  }]);
}

/** A text that is not JSON. */
export function notJson({ position, message }: JsonFault): BodyValidationError {
  return new BodyValidationError([{
    loc: ["body", position],
    msg: message,
    type: "value_error.jsondecode",
  }]);
}

/** Lists and objects in one another without end. */
export function nestedTooDeep(maxDepth: number): BodyValidationError {
  return new BodyValidationError([{
    loc: ["body"],
    msg: `the body is nested deeper than ${maxDepth}`,
    type: "value_error",
  }]);
}
