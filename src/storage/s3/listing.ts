/** Lists of objects, a page at a time. */
import { compareCodePoints } from "../../code_point_order.ts";
import type { ObjectInfo } from "../object_store.ts";
import { type XmlElement, xmlOf } from "../xml.ts";
import type { S3Connection } from "./connection.ts";
import { plainEtag } from "./etag.ts";
import { refused } from "./words.ts";

const WHAT = "Cannot list";

/**
 * All objects below a prefix.
 * @throws {StoreError} also if the store does not keep the order, or gives no list.
 */
export async function* listObjects(
  connection: S3Connection,
  prefix: string,
  signal: AbortSignal | undefined,
  shallow: boolean,
): AsyncGenerator<ObjectInfo> {
  const asked = connection.asked({ what: WHAT, key: prefix });
  let token: string | undefined;
  let last: string | undefined;
  for (;;) {
    const page = await listPage(connection, prefix, token, signal, shallow);
    for (const object of objectsOf(page)) {
      if (last !== undefined && compareCodePoints(last, object.key) >= 0) {
        throw refused(
          asked,
          `the store does not list keys in their order ('${object.key}' comes after '${last}')`,
        );
      }
      last = object.key;
      yield object;
    }
    const next = page.child("NextContinuationToken");
    if (page.child("IsTruncated") !== "true") return;
    if (!next || next === token) throw refused(asked, "its list does not go on");
    token = next;
  }
}

async function listPage(
  connection: S3Connection,
  prefix: string,
  token: string | undefined,
  signal: AbortSignal | undefined,
  shallow: boolean,
): Promise<XmlElement> {
  const answer = await connection.ask({
    method: "GET",
    what: WHAT,
    key: "",
    shown: prefix,
    signal,
    query: {
      "list-type": "2",
      // XML does not hold all that keys do.
      "encoding-type": "url",
      prefix,
      ...(shallow ? { delimiter: "/" } : {}),
      ...(token === undefined ? {} : { "continuation-token": token }),
    },
  });
  if ("error" in answer) throw answer.error;
  const asked = connection.asked({ what: WHAT, key: prefix });
  const page = xmlOf(answer.text);
  if (page?.name === "ListBucketResult") return page;
  throw refused(
    asked,
    `what answers at ${asked.endpoint} is no S3 store: ` +
      "AWS_ENDPOINT_URL is the address of its S3 API, without a bucket",
  );
}

function* objectsOf(page: XmlElement): Generator<ObjectInfo> {
  const isEncoded = page.child("EncodingType") === "url";
  for (const entry of page.all("Contents")) {
    const key = entry.child("Key") ?? "";
    yield {
      key: isEncoded ? decodeKey(key) : key,
      bytes: Number(entry.child("Size") ?? 0),
      etag: plainEtag(entry.child("ETag")),
    };
  }
}

/** A key of a list, which is encoded as forms are: a space is `+`. */
export function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}
