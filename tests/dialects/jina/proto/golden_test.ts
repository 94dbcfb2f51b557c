/** Messages recorded between the original client and the original server. */
import assert from "node:assert/strict";
import {
  decodeResponseProto,
  encodeRequestProto,
} from "../../../../src/dialects/jina/proto/request.ts";
import { readNow, writeNow } from "./read_request.ts";

const WIRE = new URL("../../../fixtures/wire/", import.meta.url);

function messages(folder: string, kind: "req" | "resp"): { name: string; bytes: Uint8Array }[] {
  const found = [];
  for (const entry of Deno.readDirSync(new URL(folder, WIRE))) {
    if (entry.name.includes(`-${kind}`) && !entry.name.includes("dry_run")) {
      const bytes = Deno.readFileSync(new URL(`${folder}/${entry.name}`, WIRE));
      found.push({ name: entry.name, bytes });
    }
  }
  assert.ok(found.length >= 5, `recordings in ${folder}`);
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}

for (const folder of ["grpc-head", "grpc-early"]) {
  Deno.test(`a recorded request of ${folder} is read and written back byte for byte`, () => {
    for (const { name, bytes } of messages(folder, "req")) {
      const request = readNow(bytes);
      assert.match(request.requestId, /^[0-9a-f]{32}$/, name);
      assert.equal(request.unknownFields, undefined, name);
      assert.deepEqual(encodeRequestProto(request), bytes, name);
    }
  });

  Deno.test(`a recorded response of ${folder} is read and written back`, () => {
    for (const { name, bytes } of messages(folder, "resp")) {
      const response = decodeResponseProto(bytes);
      assert.equal(response.routes[0]?.executor, "gateway", name);
      const again = writeNow(response);
      if (folder === "grpc-head") assert.deepEqual(again, bytes, name);
      const { targetExecutor: _, ...rest } = decodeResponseProto(again);
      const { targetExecutor: __, ...expected } = response;
      assert.deepEqual(rest, expected, name);
    }
  });
}

Deno.test("the recorded request with every kind of document and parameter is read", () => {
  const request = readNow(
    Deno.readFileSync(new URL("grpc-head/003-Call-req0.bin", WIRE)),
  );
  assert.equal(request.execEndpoint, "/encode");
  assert.deepEqual(request.parameters, { drop_image_content: true });
  const [text, blob, tensor] = request.docs;
  assert.deepEqual(text, { id: "t", text: "hi", tags: { a: 1 } });
  assert.equal(blob?.id, "b");
  assert.deepEqual([...blob!.blob!.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  assert.deepEqual(tensor?.tensor?.shape, [8, 8, 3]);
  assert.equal(tensor?.tensor?.dtype, "|u1");
  assert.equal(tensor?.tensor?.clsName, "numpy");
  assert.deepEqual([...tensor!.tensor!.buffer], Array.from({ length: 192 }, (_, i) => i));

  const parameters = readNow(
    Deno.readFileSync(new URL("grpc-head/011-Call-req0.bin", WIRE)),
  );
  assert.equal(parameters.targetExecutor, "clip.*");
  assert.deepEqual(parameters.parameters, {
    access_paths: "@r",
    b: true,
    d: { k: null },
    f: 0.5,
    l: [1, "x"],
    n: 3,
  });
});

Deno.test("the recorded ranking is read: matches, scores, adjacency", () => {
  const response = decodeResponseProto(
    Deno.readFileSync(new URL("grpc-head/005-Call-resp0.bin", WIRE)),
  );
  const [query] = response.docs;
  assert.deepEqual(query?.embedding?.shape, [512]);
  assert.equal(query?.embedding?.dtype, "<f4");
  assert.equal(query?.matches?.length, 2);
  const [first] = query!.matches!;
  assert.equal(first?.adjacency, 1);
  assert.equal(first?.mimeType, "text/plain");
  assert.equal(first?.scores?.["clip_score"]?.opName, "softmax");
  assert.equal(first?.scores?.["clip_score_cosine"]?.value, Math.fround(0.84966594));
});
