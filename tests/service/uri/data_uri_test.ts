import assert from "node:assert/strict";
import fc from "fast-check";
import { ClipError } from "../../../src/errors.ts";
import { decodeDataUri } from "../../../src/service/uri/data_uri.ts";

const decode = async (uri: string, maxBytes = 1000) =>
  new TextDecoder("latin1").decode(await decodeDataUri(uri, maxBytes));

Deno.test("decodeDataUri() reads base64 and percent-encoding", async () => {
  assert.equal(await decode("data:image/png;base64,aGVsbG8="), "hello");
  assert.equal(await decode("data:image/png;base64,aGVsbG8"), "hello");
  assert.equal(await decode("data:;base64,aGVs%62G8%3D"), "hello");
  assert.equal(await decode("data:;BASE64, aGVs\nbG8= "), "hello");
  assert.equal(
    await decode("data:image/png;base64,_-8"),
    await decode("data:image/png;base64,/+8="),
  );
  assert.equal(await decode("data:text/plain,hello%20world%ff"), "hello world\xff");
  assert.equal(await decode("data:,"), "");
});

Deno.test("decodeDataUri() refuses what is broken or too large, with the reason", async () => {
  const cases: [string, RegExp][] = [
    ["data:image/png;base64", /no comma/],
    ["data:;base64,a", /base64 is broken/],
    ["data:;base64,!!!!", /base64 is broken/],
    ["data:;base64,QQ==QQ==", /base64 is broken/],
    ["data:;base64,%", /percent-encoding is broken/],
    [`data:${"x".repeat(5000)},`, /no comma/],
    ["data:,%zz", /percent-encoding is broken/],
    ["data:,%4", /percent-encoding is broken/],
    [`data:;base64,${"A".repeat(2000)}`, /more than 1000 bytes/],
    [`data:,${"a".repeat(1001)}`, /more than 1000 bytes/],
  ];
  for (const [uri, reason] of cases) {
    await assert.rejects(decodeDataUri(uri, 1000), (error: ClipError) => {
      assert.equal(error.kind, "document");
      assert.match(error.message, reason);
      return true;
    });
  }
});

Deno.test("decodeDataUri() gives back any bytes that were encoded", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
      assert.deepEqual(await decodeDataUri(`data:;base64,${bytes.toBase64()}`, 300), bytes);
      assert.deepEqual(await decodeDataUri(`data:,${percent}`, 300), bytes);
    }),
    { seed: 3, numRuns: 200 },
  );
});

/** Longer than three slices. */
const LONG = 400_000;

Deno.test("decodeDataUri() reads long ones as short ones, wherever a slice ends", async () => {
  const bytes = Uint8Array.from({ length: LONG }, (_, i) => (i * 7919) >> 3);
  const base64 = bytes.toBase64();
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  const long = [
    `data:;base64,${base64}`,
    `data:;base64,${base64.replace(/=+$/, "")}`,
    `data:;base64,${bytes.toBase64({ alphabet: "base64url" })}`,
    `data:;base64,${base64.replace(/.{76}/g, "$&\r\n")}`,
    `data:;base64,${base64.replaceAll("+", "%2B").replaceAll("/", "%2F").replaceAll("=", "%3d")}`,
    `data:;base64,${[...base64].map((char) => `%${char.charCodeAt(0).toString(16)}`).join("")}`,
    `data:,${percent}`,
    `data:,${String.fromCharCode(bytes[0]!)}${percent.slice(3)}`,
  ];
  for (const [i, uri] of long.entries()) {
    assert.ok(indexedEqual(await decodeDataUri(uri, LONG), bytes), `${i}`);
    await assert.rejects(decodeDataUri(uri, LONG - 1), /more than 399999 bytes/);
  }
  for (let shift = 0; shift < 4; shift++) {
    const text = "x".repeat(shift) + "é\u{1f600}".repeat(60_000);
    const read = await decodeDataUri(`data:,${text}`, LONG);
    assert.equal(new TextDecoder().decode(read), text);
    const blanks = " ".repeat(shift) + "QUJD  ".repeat(100_000);
    assert.equal((await decodeDataUri(`data:;base64,${blanks}`, LONG)).length, 300_000);
    await assert.rejects(
      decodeDataUri(`data:;base64,${"x".repeat(shift)}QQ==${blanks}`, LONG),
      /base64 is broken/,
    );
  }
});

function indexedEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

Deno.test("decodeDataUri() lets the event loop turn while it reads a long one", async () => {
  const uris = [
    `data:;base64,${"QUJD".repeat(8 << 20)}`,
    `data:;base64,${"QU JD".repeat(4 << 20)}`,
    `data:,${"%41".repeat(8 << 20)}`,
  ];
  for (const uri of uris) {
    let turns = 0;
    let done = false;
    const count = () => {
      turns++;
      if (!done) setTimeout(count);
    };
    setTimeout(count);
    await decodeDataUri(uri, 64 << 20);
    done = true;
    assert.ok(turns >= 3, `${turns} turns`);
  }
});
