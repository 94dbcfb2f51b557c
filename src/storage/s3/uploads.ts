/** Uploads in parts that nobody ends: their parts take room, which no list of objects shows. */
import type { S3Connection } from "./connection.ts";
import { decodeKey } from "./listing.ts";
import { type XmlElement, xmlOf } from "../xml.ts";
import { refused } from "./words.ts";

const WHAT = "Cannot list uploads";

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
  let markers: Record<string, string> = {};
  for (;;) {
    const page = await listPage(connection, prefix, markers, signal);
    const isEncoded = page.child("EncodingType") === "url";
    for (const upload of page.all("Upload")) {
      const key = upload.child("Key") ?? "";
      const uploadId = upload.child("UploadId");
      if (!uploadId) continue;
      await connection.ask({
        method: "DELETE",
        what: "Cannot remove",
        key: isEncoded ? decodeKey(key) : key,
        query: { uploadId },
        signal,
      });
      count++;
    }
    const [key, id] = [page.child("NextKeyMarker"), page.child("NextUploadIdMarker")];
    if (page.child("IsTruncated") !== "true" || !key || key === markers["key-marker"]) return count;
    markers = {
      "key-marker": isEncoded ? decodeKey(key) : key,
      ...(id ? { "upload-id-marker": id } : {}),
    };
  }
}

async function listPage(
  connection: S3Connection,
  prefix: string,
  markers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<XmlElement> {
  const answer = await connection.ask({
    method: "GET",
    what: WHAT,
    key: "",
    shown: prefix,
    signal,
    query: { uploads: "", "encoding-type": "url", prefix, ...markers },
  });
  if ("error" in answer) throw answer.error;
  const page = xmlOf(answer.text);
  if (page !== undefined) return page;
  throw refused(connection.asked({ what: WHAT, key: prefix }), "the store gives no list");
}
