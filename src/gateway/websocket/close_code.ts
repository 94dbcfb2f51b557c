/** What a WebSocket that is closed tells its client (RFC 6455, section 7.4.1). */
import { Buffer } from "node:buffer";
import type { ErrorKind } from "../../errors.ts";

/** The most UTF-8 bytes of a close frame's reason (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123;

/** Close codes. */
export const WS_CLOSE = {
  normal: 1000,
  goingAway: 1001,
  unsupported: 1003,
  invalidPayload: 1007,
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  tryAgainLater: 1013,
} as const;

const CODES: Record<ErrorKind, number> = {
  invalid: WS_CLOSE.invalidPayload,
  document: WS_CLOSE.internal,
  too_large: WS_CLOSE.tooBig,
  unsupported_media: WS_CLOSE.unsupported,
  not_found: WS_CLOSE.internal,
  wrong_method: WS_CLOSE.internal,
  unauthenticated: WS_CLOSE.policy,
  rate_limited: WS_CLOSE.tryAgainLater,
  overloaded: WS_CLOSE.tryAgainLater,
  unavailable: WS_CLOSE.goingAway,
  deadline: WS_CLOSE.internal,
  cancelled: WS_CLOSE.normal,
  backend: WS_CLOSE.internal,
  config: WS_CLOSE.internal,
  model: WS_CLOSE.internal,
};

/** The code that a connection is closed with when its stream ends with a failure of this kind. */
export function closeCode(kind: ErrorKind): number {
  return CODES[kind];
}

/** Cut to what a close frame holds, between two characters. */
export function shortenReason(reason: string): Buffer {
  const bytes = Buffer.from(reason.toWellFormed());
  if (bytes.length <= MAX_REASON_BYTES) return bytes;
  let end = MAX_REASON_BYTES;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
