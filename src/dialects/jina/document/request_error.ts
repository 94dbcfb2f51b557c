/** What a request that cannot be decoded fails with. */
import { ClipError } from "../../../errors.ts";
import type { DataRequest } from "./request.ts";

/** One fault of a JSON body, as FastAPI reports it. */
export interface ValidationDetail {
  /** Where: `["body", "data", 3, "text"]`. */
  loc: (string | number)[];
  /** What is wrong and what is expected. */
  msg: string;
  /** A machine-readable name, of pydantic 1: `type_error.list`, `value_error.jsondecode`, … */
  type: string;
}

/** Bytes that are no request, or a request that this server refuses as a whole. */
export class RequestDecodeError extends ClipError {
  /** What was read before the fault, without documents: enough to address the answer. */
  readonly request: DataRequest;

  /** @param options the kind is "invalid" by default, or "too_large". */
  constructor(
    message: string,
    request: DataRequest,
    { kind = "invalid", ...options }: { cause?: unknown; kind?: "invalid" | "too_large" } = {},
  ) {
    // Too much of something has the name that every excess has.
    super(kind, message, {
      ...options,
      name: kind === "invalid" ? "RequestDecodeError" : "ClipError",
    });
    this.request = request;
  }
}

/** A JSON body that is not JSON or has the wrong shape: HTTP 422 with `detail`. */
export class BodyValidationError extends ClipError {
  /** The first faults, in the order of the body. */
  readonly detail: ValidationDetail[];

  constructor(detail: ValidationDetail[]) {
    const first = detail[0];
    const where = first === undefined ? "body" : first.loc.join(".");
    const more = detail.length > 1 ? ` (and ${detail.length - 1} more)` : "";
    super("invalid", `Cannot read the request: ${where}: ${first?.msg ?? "invalid"}${more}`, {
      name: "BodyValidationError",
    });
    this.detail = detail;
  }
}
