/** Texts end at some length, in whatever they are sent; blobs do not. */
import assert from "node:assert/strict";
import { decodeRequestJson } from "../../../src/dialects/jina/json/request.ts";
import {
  decodeRequestProto,
  encodeRequestProto,
} from "../../../src/dialects/jina/proto/request.ts";
import type { Document } from "../../../src/dialects/jina/document/document.ts";
import { MAX_TEXT_BYTES } from "../../../src/encoding/text_pieces.ts";

const LONGEST = "a".repeat(MAX_TEXT_BYTES);
const TOO_LONG = `${LONGEST}a`;

const json = (doc: Record<string, unknown>) =>
  decodeRequestJson(new TextEncoder().encode(JSON.stringify({ data: [doc] })));
const proto = (doc: Omit<Document, "id">) =>
  decodeRequestProto(
    encodeRequestProto({
      requestId: "r",
      execEndpoint: "/",
      parameters: {},
      docs: [{ id: "d", ...doc }],
    }),
  );

Deno.test("a text of the longest length is read, a longer one is too large", async () => {
  for (const read of [json, proto]) {
    const { docs } = await read({ text: LONGEST });
    assert.equal(docs[0]!.text!.length, MAX_TEXT_BYTES);
    for (const doc of [{ text: TOO_LONG }, { uri: TOO_LONG }, { tags: { a: TOO_LONG } }]) {
      await assert.rejects(async () => await read(doc), { kind: "too_large", message: /text/ });
    }
  }
});

Deno.test("a blob may be longer", async () => {
  const bytes = MAX_TEXT_BYTES + 3;
  const sent = await json({ blob: "A".repeat(bytes / 3 * 4 + 3 & ~3) });
  assert.ok(sent.docs[0]!.blob!.length > MAX_TEXT_BYTES);
  const { docs } = await proto({ blob: new Uint8Array(bytes) });
  assert.equal(docs[0]!.blob!.length, bytes);
});
