/** Etags: in quotes on the wire, without them here. */
import { createHash } from "node:crypto";

/** An etag without its quotes; empty for none. */
export function plainEtag(text: string | null | undefined): string {
  return (text ?? "").replace(/^W\//, "").replace(/^"|"$/g, "");
}

/** The MD5 that an etag is, unless the object came in parts or its key is somebody else's. */
export function md5Of(headers: Headers): string | undefined {
  const etag = plainEtag(headers.get("etag"));
  const isKeyed = /^aws:kms/.test(headers.get("x-amz-server-side-encryption") ?? "") ||
    headers.has("x-amz-server-side-encryption-customer-algorithm");
  return /^[0-9a-f]{32}$/.test(etag) && !isKeyed ? etag : undefined;
}

/** An etag as headers have it. */
export function quotedEtag(etag: string): string {
  return `"${etag}"`;
}

/** The etag of an object that is written at once, in stores that take MD5 for it. */
export function etagOfBytes(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** The etag of an object that is put together of parts, in stores that take MD5 for theirs. */
export function etagOfParts(etags: readonly string[]): string {
  const digest = createHash("md5");
  for (const etag of etags) {
    digest.update(Uint8Array.fromHex(/^([0-9a-f]{2})*$/i.test(etag) ? etag : ""));
  }
  return `${digest.digest("hex")}-${etags.length}`;
}
