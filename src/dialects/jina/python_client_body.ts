/**
 * What Jina's Python clients send, told from everybody else's bodies by how it begins.
 *
 * Their requests are protobuf messages written as JSON (jina 3.15 to 3.34,
 * `DataRequest.to_dict()`), so that their first field is first: `{"header": {"requestId": …`.
 */

/** More than any writer of JSON puts before a first key. */
const MOST_SPACE = 32;
const FIRST_KEY = new TextEncoder().encode('"header"');

/** Whether a body is such a request: its first key is `header`. Looks at a few bytes only. */
export function isPythonClientBody(body: Uint8Array): boolean {
  const open = skipSpace(body, 0);
  if (body[open] !== 0x7b) return false;
  const key = skipSpace(body, open + 1);
  return FIRST_KEY.every((byte, index) => body[key + index] === byte);
}

function skipSpace(body: Uint8Array, from: number): number {
  let at = from;
  while (at < from + MOST_SPACE && SPACE.has(body[at]!)) at++;
  return at;
}

/** Space, tab, newline, carriage return (RFC 8259, section 2). */
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
