/** Where a job writes to, and a merge reads from. */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { BucketPlace } from "../../bulk/job/places/bucket_place.ts";
import { BucketPrefix } from "../../bulk/job/places/bucket_prefix.ts";
import { FolderPlace } from "../../bulk/job/places/folder_place.ts";
import type { OutputPlace } from "../../bulk/job/places/output_place.ts";
import { withoutEndSlashes } from "../../end_slashes.ts";
import { cacheDirectory } from "../../model/store/settings.ts";
import { isObjectAddress, parseObjectAddress } from "../../storage/object_address.ts";
import { ObjectStores } from "../../storage/open_store.ts";
import type { Given } from "../words/given.ts";

/** Opens folders and prefixes in buckets. @throws {ClipError} "config" */
export async function openOutputs(words: readonly string[], given: Given): Promise<OutputPlace[]> {
  if (!words.some(isObjectAddress)) return words.map((word) => new FolderPlace(word));
  const stores = await ObjectStores.open();
  const work = given.text("work") ?? join(cacheDirectory(), "jobs");
  return await Promise.all(words.map(async (word) => {
    if (!isObjectAddress(word)) return new FolderPlace(word);
    const { bucket, key, ...account } = parseObjectAddress(word);
    const store = (await stores.of(account)).bucket(bucket);
    const prefix = new BucketPrefix(store, withoutEndSlashes(key));
    return new BucketPlace(prefix, (name) => join(work, folderName(name)));
  }));
}

/** The place that `--out` says. @throws {ClipError} "config" */
export async function openOutput(word: string, given: Given): Promise<OutputPlace> {
  if (!isObjectAddress(word) && given.text("work") !== undefined) {
    throw given.fault("--work is for --out s3://…: in a folder the part being written lies there");
  }
  const [place] = await openOutputs([word], given);
  return place!;
}

/** A name of its own for each place, whose beginning people can read. */
function folderName(name: string): string {
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return `${basename(name).replaceAll(/[^\w.-]/g, "_").slice(0, 40)}-${hash}`;
}
