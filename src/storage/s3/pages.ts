/** Lists that a bucket gives a page at a time: of objects, of uploads. */
import { type XmlElement, xmlOf } from "../xml.ts";
import type { S3Connection } from "./connection.ts";
import { notAnEndpoint, refused } from "./words.ts";

/** A list, and how it goes on. */
export interface ListRequest {
  /** `Cannot list`. */
  what: string;
  prefix: string;
  query: Readonly<Record<string, string>>;
  /** The element that a page is. */
  page: string;
  /** What asks for the page after one: names in a page, by those in the query. */
  next: Readonly<Record<string, string>>;
}

/**
 * The pages of a list.
 * @throws {StoreError} also if what answers gives no such list, or one that does not go on.
 */
export async function* listPages(
  connection: S3Connection,
  { what, prefix, query, page: name, next }: ListRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<XmlElement> {
  const asked = connection.asked({ what, key: prefix });
  let markers: Record<string, string> = {};
  for (;;) {
    const answer = await connection.ask({
      method: "GET",
      what,
      key: "",
      shown: prefix,
      signal,
      // XML does not hold all that keys do.
      query: { ...query, "encoding-type": "url", prefix, ...markers },
    });
    if ("error" in answer) throw answer.error;
    const page = xmlOf(answer.text);
    if (page?.name !== name) throw refused(asked, notAnEndpoint(asked));
    yield page;
    if (page.child("IsTruncated") !== "true") return;
    const before = JSON.stringify(markers);
    markers = {};
    for (const [marker, element] of Object.entries(next)) {
      const value = page.child(element);
      if (value) markers[marker] = marker === "key-marker" ? keyOf(page, value) : value;
    }
    if ([before, "{}"].includes(JSON.stringify(markers))) {
      throw refused(asked, "its list does not go on");
    }
  }
}

/** A key that stands in a page, where spaces are `+` as in forms. */
export function keyOf(page: XmlElement, text: string): string {
  return page.child("EncodingType") === "url"
    ? decodeURIComponent(text.replaceAll("+", " "))
    : text;
}
