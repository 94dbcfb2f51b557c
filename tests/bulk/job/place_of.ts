/** Places of outputs, as the command line opens them. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { BucketPlace } from "../../../src/bulk/job/places/bucket_place.ts";
import { BucketPrefix } from "../../../src/bulk/job/places/bucket_prefix.ts";
import { FolderPlace } from "../../../src/bulk/job/places/folder_place.ts";
import type { OutputPlace } from "../../../src/bulk/job/places/output_place.ts";
import type { Environment } from "../../../src/storage/aws/environment.ts";
import { isObjectAddress, parseObjectAddress } from "../../../src/storage/object_address.ts";
import { PATIENCE, type Patience } from "../../../src/storage/s3/connection.ts";
import { ObjectStores } from "../../../src/storage/open_store.ts";

/** A folder, or `s3://bucket/prefix` with a folder for the part being written. */
export async function placeOf(
  word: string,
  work: string,
  environment?: Environment,
  patience: Patience = PATIENCE,
): Promise<OutputPlace> {
  if (!isObjectAddress(word)) return new FolderPlace(word);
  const stores = await ObjectStores.open({
    patience,
    ...(environment === undefined ? {} : { environment }),
  });
  const { bucket, key } = parseObjectAddress(word);
  return new BucketPlace(
    new BucketPrefix(stores.bucket(bucket), key),
    (name) => join(work, createHash("sha256").update(name).digest("hex")),
  );
}
