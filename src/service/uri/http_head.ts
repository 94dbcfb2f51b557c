/** The status line and headers of an HTTP/1.1 response, as far as a fetch needs them. */

/** A response that is not one, or not within bounds; the message is a reason for people. */
export class ResponseError extends Error {
  override readonly name = "ResponseError";
}

/** What a head says. */
export interface HttpHead {
  status: number;
  location: string | undefined;
  /** Whether the body comes in chunks; `length` does not count then. */
  chunked: boolean;
  /** Bytes of the body; undefined if it goes on to the end of the connection. */
  length: number | undefined;
}

/**
 * Reads a head.
 * @param bytes from the status line to the empty line.
 * @throws {ResponseError} if it is none, or says two things about where the body ends.
 */
export function parseHead(bytes: Uint8Array): HttpHead {
  const [first, ...lines] = new TextDecoder("latin1").decode(bytes).split("\n");
  const status = /^HTTP\/1\.[01] ([1-9][0-9]{2})(?: |\r|$)/.exec(first!)?.[1];
  if (status === undefined) throw new ResponseError("the answer is not HTTP/1.1");
  const head: HttpHead = {
    status: Number(status),
    location: undefined,
    chunked: false,
    length: undefined,
  };
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, colon).toLowerCase()) {
      case "location":
        head.location ??= value;
        break;
      case "transfer-encoding":
        if (value.toLowerCase() !== "chunked" || head.chunked) {
          throw new ResponseError("its transfer encoding is not one that is read");
        }
        head.chunked = true;
        break;
      case "content-length":
        head.length = contentLength(value, head.length);
        break;
    }
  }
  return head;
}

function contentLength(value: string, before: number | undefined): number {
  const length = /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
  if (length === undefined || (before !== undefined && before !== length)) {
    throw new ResponseError("its length is not one that can be read");
  }
  return length;
}
