/** Hashing files and comparing with what was published. */
import { createHash } from "node:crypto";
import type { Digest } from "../catalog/entry.ts";

/** Both hashes of a file, as lower-case hexadecimal. */
export interface FileDigests {
  sha256: string;
  md5: string;
}

const CHUNK_BYTES = 1 << 20;

/**
 * Reads a file once and hashes it both ways.
 *
 * @throws {Deno.errors.NotFound} and other file errors.
 */
export async function digestFile(path: string, signal?: AbortSignal): Promise<FileDigests> {
  const sha256 = createHash("sha256");
  const md5 = createHash("md5");
  const chunk = new Uint8Array(CHUNK_BYTES);
  using file = await Deno.open(path);
  for (;;) {
    signal?.throwIfAborted();
    const count = await file.read(chunk);
    if (count === null) break;
    const bytes = chunk.subarray(0, count);
    sha256.update(bytes);
    md5.update(bytes);
  }
  return { sha256: sha256.digest("hex"), md5: md5.digest("hex") };
}

/** Whether the file is the published one. A sha256 cut to its first digits compares those. */
export function matches(digests: FileDigests, wanted: Digest): boolean {
  return wanted.algorithm === "md5"
    ? digests.md5 === wanted.hex
    : wanted.hex.length >= 8 && digests.sha256.startsWith(wanted.hex);
}

/** Whether any of the published hashes agrees; no hashes agree with everything. */
export function matchesAny(digests: FileDigests, wanted: readonly Digest[]): boolean {
  return wanted.length === 0 || wanted.some((each) => matches(digests, each));
}

/** The hashes for a message, e.g. `sha256 40d36571… or md5 3ba34e38…`. */
export function describeDigests(wanted: readonly Digest[]): string {
  return wanted.map(({ algorithm, hex }) =>
    `${algorithm} ${hex.length > 16 ? hex.slice(0, 16) + "…" : hex}`
  ).join(" or ");
}
