/** Where a downloaded file came from, kept beside it for `model info` and `model verify`. */
import type { Digest } from "../catalog/entry.ts";

/** The record `<file>.source.json`. */
export interface Provenance {
  url: string;
  sha256: string;
  bytes: number;
}

function recordPath(path: string): string {
  return `${path}.source.json`;
}

/** Writes the record of a download. */
export async function writeProvenance(path: string, provenance: Provenance): Promise<void> {
  await Deno.writeTextFile(recordPath(path), `${JSON.stringify(provenance, null, 2)}\n`);
}

/** Reads the record of a download; `undefined` for files placed by hand. */
export async function readProvenance(path: string): Promise<Provenance | undefined> {
  try {
    const value = JSON.parse(await Deno.readTextFile(recordPath(path))) as Partial<Provenance>;
    const { url, sha256, bytes } = value;
    if (typeof url !== "string" || typeof bytes !== "number") return undefined;
    if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
    return { url, sha256, bytes };
  } catch {
    return undefined;
  }
}

/** Forgets where a file came from. */
export async function removeProvenance(path: string): Promise<void> {
  await Deno.remove(recordPath(path)).catch(() => {});
}

/** The hash that a file had when it was downloaded, as something to compare with. */
export async function recordedDigests(path: string): Promise<Digest[]> {
  const provenance = await readProvenance(path);
  return provenance === undefined ? [] : [{ algorithm: "sha256", hex: provenance.sha256 }];
}
