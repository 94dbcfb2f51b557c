/** Uploads in parts that nobody ends: their parts take room, which no list of objects shows. */
import type { S3Connection } from "./connection.ts";
import { keyOf, listPages } from "./pages.ts";

const UPLOADS = {
  what: "Cannot list uploads",
  query: { uploads: "" },
  page: "ListMultipartUploadsResult",
  next: { "key-marker": "NextKeyMarker", "upload-id-marker": "NextUploadIdMarker" },
};

/**
 * Takes the parts of all uploads below a prefix away: of processes that died in the middle of one.
 * @returns how many uploads there were.
 * @throws {StoreError} also if the store does not tell of uploads.
 */
export async function abandonUploads(
  connection: S3Connection,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  let count = 0;
  for await (const page of listPages(connection, { ...UPLOADS, prefix }, signal)) {
    for (const upload of page.all("Upload")) {
      const uploadId = upload.child("UploadId");
      if (!uploadId) continue;
      await connection.ask({
        method: "DELETE",
        what: "Cannot remove",
        key: keyOf(page, upload.child("Key") ?? ""),
        query: { uploadId },
        signal,
      });
      count++;
    }
  }
  return count;
}
