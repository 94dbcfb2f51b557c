/** What a store answers when it does not do what it is asked. */
import { xmlOf } from "../xml.ts";

/** An answer that is a refusal. */
export interface Refusal {
  status: number;
  /** S3's word for it, `NoSuchKey`; of answers without a body one that fits the status. */
  code: string;
  /** What it says beside. */
  message: string;
  /** The region that the bucket is in, if it tells. */
  region: string | undefined;
  /** Its clock, milliseconds since 1970. */
  time: number;
  /** It is no answer that an S3 store gives. */
  foreign: boolean;
}

/** Reads a refusal. @param text the body, as far as it was read. */
export function readRefusal(status: number, headers: Headers, text: string): Refusal {
  // What is no XML is told by its status.
  const error = xmlOf(text)?.find("Error");
  const isEmpty = text.trim() === "";
  return {
    status,
    code: error?.child("Code") ?? usualCode(status),
    message: error?.child("Message") ?? "",
    region: headers.get("x-amz-bucket-region") ?? error?.child("Region"),
    time: Date.parse(headers.get("date") ?? ""),
    foreign: error === undefined && !isEmpty && status !== 503,
  };
}

/** HEAD is answered without a body. */
function usualCode(status: number): string {
  switch (status) {
    case 301:
    case 307:
      return "PermanentRedirect";
    case 403:
      return "AccessDenied";
    case 404:
      return "NotFound";
    case 409:
      return "ConditionalRequestConflict";
    case 412:
      return "PreconditionFailed";
    case 429:
    case 503:
      return "SlowDown";
    case 501:
      return "NotImplemented";
  }
  return "";
}

const AGAIN = new Set([
  "SlowDown",
  "ServiceUnavailable",
  "InternalError",
  "RequestTimeout",
  "OperationAborted",
  "ConditionalRequestConflict",
  "Busy",
]);

/** Whether the same request may go well a moment later. */
export function isPassing({ status, code }: Refusal): boolean {
  if (status === 501) return false;
  return status >= 500 || status === 408 || status === 429 || AGAIN.has(code);
}

/** Whether other credentials may do. */
export function isExpired({ code }: Refusal): boolean {
  return code === "ExpiredToken" || code === "ExpiredTokenException" || code === "InvalidToken" ||
    code === "TokenRefreshRequired";
}
