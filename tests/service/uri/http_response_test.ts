import assert from "node:assert/strict";
import { ResponseReader } from "../../../src/service/uri/http_response.ts";

/** Reads a response that comes in pieces of `size` bytes. */
async function read(text: string, size: number, maxBytes = 1000): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  const reader = new ResponseReader({
    read(buffer) {
      const piece = bytes.subarray(at, at += size);
      buffer.set(piece);
      return Promise.resolve(piece.length === 0 ? null : piece.length);
    },
  });
  const head = await reader.head();
  const body = new TextDecoder().decode(await reader.body(head, maxBytes));
  return `${head.status} ${head.location ?? ""} ${body}`;
}

const RESPONSES: [text: string, read: string][] = [
  ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", "200  abc"],
  ["HTTP/1.0 200\r\n\r\nto the end", "200  to the end"],
  ["HTTP/1.1 200 OK\ncontent-length:2\n\nab", "200  ab"],
  ["HTTP/1.1 204 No Content\r\n\r\nx", "204  "],
  ["HTTP/1.1 302 F\r\nLocation:  /a b \r\nlocation: /c\r\nContent-Length: 0\r\n\r\n", "302 /a b "],
  [
    "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 1\r\n\r\n" +
    "2\r\nab\r\n00A ;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
    "200  ab0123456789",
  ],
];

Deno.test("a response is read as what it is, wherever the network cuts it", async () => {
  for (const [text, expected] of RESPONSES) {
    for (const size of [1, 2, 3, 7, 1000]) assert.equal(await read(text, size), expected, text);
  }
});

Deno.test("a body of just so many bytes as are allowed is read, one more is not", async () => {
  const bodies = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
    "HTTP/1.1 200 OK\r\n\r\nabcde",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
  ];
  for (const text of bodies) {
    assert.equal(await read(text, 4, 5), "200  abcde");
    await assert.rejects(read(text, 4, 4), /larger than 4 bytes/);
  }
});
