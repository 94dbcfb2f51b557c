/** HTTP and WebSocket answers recorded from the original server. */
import assert from "node:assert/strict";
import type { Document } from "../../../../src/dialects/jina/document/document.ts";
import { readNow, writeNow } from "./read_request.ts";
import { type JsonStyle } from "../../../../src/dialects/jina/json/response.ts";
import { embeddingToNdArray } from "../../../../src/dialects/jina/document/nd_array.ts";
import type { DataResponse, Status } from "../../../../src/dialects/jina/document/request.ts";
import { BodyValidationError } from "../../../../src/dialects/jina/document/request_error.ts";

const WIRE = new URL("../../../fixtures/wire/", import.meta.url);

/** The recordings cut embeddings to three numbers and tracebacks to nothing. */
function uncut(text: string): string {
  return text.replaceAll(", ... 512 numbers", "").replaceAll("[...]", "[]");
}

function recording(name: string): { request: string; status: number; body: string } {
  const text = Deno.readTextFileSync(new URL(`http-head/${name}.txt`, WIRE));
  const request = /^\$ curl .* -d (.*)$/m.exec(text)?.[1] ?? "";
  const status = Number(/^HTTP\/1.1 (\d+)/m.exec(text)?.[1]);
  return { request, status, body: uncut(text.slice(text.indexOf("\n\n") + 2).trim()) };
}

// deno-lint-ignore no-explicit-any -- recorded JSON
type Recorded = any;

/** The response that the recorded JSON stands for, made by other code than the encoder's. */
function asResponse(body: Recorded): DataResponse {
  const { header } = body;
  const status = (s: Recorded): { status?: Status } => s ? { status: s } : {};
  return {
    requestId: header.requestId ?? header.request_id,
    execEndpoint: header.execEndpoint ?? header.exec_endpoint,
    parameters: body.parameters,
    ...status(header.status),
    routes: body.routes.map((route: Recorded) => {
      const end = route.endTime ?? route.end_time;
      return {
        executor: route.executor,
        startTime: milliseconds(route.startTime ?? route.start_time),
        ...(end ? { endTime: milliseconds(end) } : {}),
        ...status(route.status),
      };
    }),
    docs: readNow({ data: body.data }).docs.map(withFloat32),
  };
}

function milliseconds(time: string): number {
  return Date.parse(time.slice(0, 23) + "Z") + Number(time.slice(23, 26)) / 1000;
}

function withFloat32(doc: Document): Document {
  if (doc.embedding !== undefined) {
    const { buffer } = doc.embedding;
    doc.embedding = embeddingToNdArray(Float32Array.from(new Float64Array(buffer.buffer)));
  }
  doc.chunks?.forEach(withFloat32);
  doc.matches?.forEach(withFloat32);
  return doc;
}

function assertSameText(response: DataResponse, style: JsonStyle, recorded: string): void {
  const text = new TextDecoder().decode(writeNow(response, style));
  // Equal as text, so that the order of keys is too; Python writes some numbers otherwise. An
  // embedding's are float32, of which the original wrote the double's digits: equal to the bit.
  const own = text.replaceAll(/"embedding":(\[.*?\])/g, (_, list) => {
    const numbers: number[] = JSON.parse(list);
    return `"embedding":${JSON.stringify(numbers.map(Math.fround))}`;
  });
  assert.equal(own, JSON.stringify(JSON.parse(recorded)));
}

const ANSWERED = [
  "06-post-text-listdata",
  "07-post-text-docs",
  "08-post-blob",
  "09-post-blob-drop",
  "10-post-tensor",
  "11-post-rank",
  "13-post-bad-base64",
  "14-post-no-data",
  "15-post-empty-object",
  "16-post-empty-list",
  "19-post-unknown-doc-field",
  "22-search",
  "28-post-params-results",
  "29-post-access-paths",
  "33-target-other",
  "35-text-and-blob",
];

for (const name of ANSWERED) {
  Deno.test(`${name}: the answer is written as the original wrote it`, () => {
    const { status, body } = recording(name);
    assert.equal(status, 200);
    assertSameText(asResponse(JSON.parse(body)), "http", body);
  });

  Deno.test(`${name}: the request's documents come back as the original gave them back`, () => {
    const { request, body } = recording(name);
    const answer = JSON.parse(body);
    const decoded = readNow(new TextEncoder().encode(request));
    assert.match(decoded.requestId, /^[0-9a-f]{32}$/);
    const own = JSON.parse(
      new TextDecoder().decode(writeNow({ ...decoded, routes: [] })),
    );
    assert.equal(own.data.length, answer.data.length);
    const compare = (mine: Recorded, theirs: Recorded) => {
      for (const key of Object.keys(theirs)) {
        // What the model adds; and the original's fault with whole numbers in tags.
        if (["embedding", "mime_type", "scores"].includes(key)) continue;
        if (key === "blob" && answer.parameters.drop_image_content === true) continue;
        if (key === "tags" && theirs.tags?.a === true) continue;
        if (key === "id" && /^[0-9a-f]{32}$/.test(theirs.id)) {
          assert.match(mine.id, /^[0-9a-f]{32}$/);
        } else if ((key === "chunks" || key === "matches") && theirs[key] !== null) {
          theirs[key].forEach((child: Recorded, i: number) => compare(mine[key][i], child));
        } else assert.deepEqual(mine[key], theirs[key], `${name}: ${key}`);
      }
    };
    answer.data.forEach((doc: Recorded, i: number) => compare(own.data[i], doc));
    assert.deepEqual(decoded.parameters, answer.parameters);
  });
}

Deno.test("18-post-wrong-type: the fault is told in the original's words", () => {
  const { request, status, body } = recording("18-post-wrong-type");
  assert.equal(status, 422);
  assert.throws(() => readNow(request), (error: unknown) => {
    assert.ok(error instanceof BodyValidationError);
    assert.deepEqual({ detail: error.detail }, JSON.parse(body));
    return true;
  });
});

Deno.test("17-post-bad-json: the fault has the original's type", () => {
  const { request, status } = recording("17-post-bad-json");
  assert.equal(status, 422);
  assert.throws(() => readNow(request), (error: unknown) => {
    assert.ok(error instanceof BodyValidationError);
    assert.equal(error.detail[0]?.loc[0], "body");
    assert.equal(error.detail[0]?.type, "value_error.jsondecode");
    return true;
  });
});

Deno.test("WebSocket answers are written as the original wrote them", () => {
  const text = Deno.readTextFileSync(new URL("ws-head.txt", WIRE));
  const frames = [...text.matchAll(/^<- \d+ ms TEXT (\{"header".*)$/gm)].map((m) => uncut(m[1]!));
  assert.ok(frames.length >= 6);
  let failures = 0;
  for (const frame of frames) {
    const body = JSON.parse(frame);
    if (body.header.status) failures++;
    assertSameText(asResponse(body), "websocket", frame);
  }
  assert.ok(failures > 0);
});

Deno.test("WebSocket requests are read", () => {
  const text = Deno.readTextFileSync(new URL("ws-head.txt", WIRE));
  const frames = [...text.matchAll(/^-> text (\{"data".*)$/gm)].map((m) => m[1]!);
  assert.ok(frames.length >= 6);
  for (const frame of frames) assert.equal(readNow(frame).docs.length, 1, frame);
});
