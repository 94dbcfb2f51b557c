/** A model's file from one address: downloaded, looked into, pinned, its origin written down. */
import type { CatalogEntry, Digest, FileRole } from "../catalog/catalog.ts";
import type { FileDigests } from "./digest.ts";
import { downloadFile } from "./download.ts";
import { writeProvenance } from "./provenance.ts";
import type { Store } from "./store.ts";

/** One address to try, and what to compare the file with. */
export interface Candidate {
  url: string;
  file: string;
  /** Published hashes. */
  digests: readonly Digest[];
  token?: string;
}

/** Where a file goes, and what it is to be. */
export interface WantedFile {
  path: string;
  role: FileRole;
  entry: CatalogEntry;
  /** What the progress display calls it. */
  name: string;
}

/**
 * Downloads a file. One without a published hash must be a file of that model by its content, and the
 * same as the first that was ever taken there.
 *
 * @returns its sha256
 * @throws {RefusedError} (http.ts) when this address cannot give it.
 * @throws {ClipError} `model` when the disk cannot take it.
 */
export async function fetchFile(
  candidate: Candidate,
  { path, role, entry, name }: WantedFile,
  store: Store,
): Promise<{ sha256: string }> {
  const published = candidate.digests.length > 0;
  const pin = published ? undefined : await store.pins.read(path);
  const check = (part: string, { sha256 }: FileDigests) =>
    pin === undefined || pin.sha256 === sha256
      ? store.inspect(part, role, entry)
      : `its sha256 is ${sha256}, and was ${pin.sha256} the first time; if it was published anew ` +
        `remove "${store.pins.recordOf(path)}"`;
  const { digests, bytes } = await downloadFile({
    ...candidate,
    target: path,
    name,
    ...(published ? {} : { check }),
  }, store);
  const { sha256 } = digests;
  await store.memory.record(path, digests);
  await writeProvenance(path, { url: candidate.url, sha256, bytes });
  if (!published) await store.pins.write({ path, sha256, model: entry.name });
  return { sha256 };
}
