/** Lists of objects, and of what stands for folders. */
import { compareCodePoints } from "../../code_point_order.ts";
import type { ObjectInfo } from "../object_store.ts";
import type { XmlElement } from "../xml.ts";
import type { S3Connection } from "./connection.ts";
import { plainEtag } from "./etag.ts";
import { keyOf, listPages } from "./pages.ts";
import { refused } from "./words.ts";

const WHAT = "Cannot list";

/**
 * All objects below a prefix.
 * @param shallow only those without another slash.
 * @throws {StoreError} also if the store does not keep the order, or gives no list.
 */
export async function* listObjects(
  connection: S3Connection,
  prefix: string,
  signal: AbortSignal | undefined,
  shallow: boolean,
): AsyncGenerator<ObjectInfo> {
  let last: string | undefined;
  for await (const page of pagesOf(connection, prefix, shallow, signal)) {
    for (const entry of page.all("Contents")) {
      const key = keyOf(page, entry.child("Key") ?? "");
      if (last !== undefined && compareCodePoints(last, key) >= 0) {
        throw refused(
          connection.asked({ what: WHAT, key: prefix }),
          `the store does not list keys in their order ('${key}' comes after '${last}')`,
        );
      }
      last = key;
      yield {
        key,
        bytes: Number(entry.child("Size") ?? 0),
        etag: plainEtag(entry.child("ETag")),
      };
    }
  }
}

/** What keys below a prefix have before their next slash, with it: each once. @throws {StoreError} */
export async function* listFolders(
  connection: S3Connection,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  for await (const page of pagesOf(connection, prefix, true, signal)) {
    for (const entry of page.all("CommonPrefixes")) {
      yield keyOf(page, entry.child("Prefix") ?? "");
    }
  }
}

function pagesOf(
  connection: S3Connection,
  prefix: string,
  shallow: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<XmlElement> {
  const query = { "list-type": "2", ...(shallow ? { delimiter: "/" } : {}) };
  const next = { "continuation-token": "NextContinuationToken" };
  const request = { what: WHAT, prefix, query, page: "ListBucketResult", next };
  return listPages(connection, request, signal);
}
