/** Where a request carries its key. */
import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";

/** A header's value by its name in small letters. */
export type HeaderReader = (name: string) => string | undefined;

/**
 * The headers that are looked at besides `authorization`: Anthropic's and Qdrant's clients send the
 * one or the other, Azure's `api-key`.
 */
const KEY_HEADERS = ["x-api-key", "api-key"];

/**
 * The keys that a request shows: of `Authorization: Bearer` (RFC 6750), `x-api-key` and `api-key`.
 * Several, where a client library insists on sending one of its own.
 */
export function shownKeys(header: HeaderReader): string[] {
  const shown: string[] = [];
  const bearer = /^bearer +([^\s,]+) *$/i.exec(header("authorization") ?? "")?.[1];
  if (bearer !== undefined) shown.push(bearer);
  for (const name of KEY_HEADERS) {
    const key = header(name);
    if (key !== undefined && key !== "") shown.push(key);
  }
  return shown;
}

/**
 * The prefix of a WebSocket subprotocol that carries a key, its UTF-8 bytes in base64url without
 * padding behind it: browsers let pages set no headers (as Kubernetes does it with
 * `base64url.bearer.authorization.k8s.io.`).
 */
const SUBPROTOCOL = "clipline.key.";

/** Of subprotocols that carry keys so many are looked at: each is compared with all that are known. */
const MAX_SUBPROTOCOL_KEYS = 4;

/** Tells a key's subprotocol from those that say how to speak. */
export function isKeySubprotocol(name: string): boolean {
  return name.startsWith(SUBPROTOCOL);
}

/** The keys that a WebSocket's client shows, in headers and among the subprotocols it offers. */
export function shownByWebSocket(header: HeaderReader, subprotocols: readonly string[]): string[] {
  const offered = subprotocols.filter(isKeySubprotocol).slice(0, MAX_SUBPROTOCOL_KEYS);
  return [
    ...shownKeys(header),
    ...offered.map((name) =>
      Buffer.from(name.slice(SUBPROTOCOL.length), "base64url").toString()
    ),
  ];
}

/** One of those that have a key. */
export interface Hashed {
  /** SHA-256 of the key. */
  digest: Uint8Array;
}

/** Finds the one of this digest; each is compared, and each takes the same time. */
export function findDigest<Entry extends Hashed>(
  entries: readonly Entry[],
  digest: Uint8Array,
): Entry | undefined {
  let found: Entry | undefined;
  for (const entry of entries) {
    if (timingSafeEqual(entry.digest, digest)) found = entry;
  }
  return found;
}
