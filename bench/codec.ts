/**
 * Documents per second through the codecs: a request decoded, its response encoded, against
 * protobufjs and JSON.parse / JSON.stringify in the same run.
 *
 *     deno run -A bench/codec.ts
 */
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import type { Document } from "../src/dialects/jina/document/document.ts";
import { JsonBytes } from "../src/encoding/json_bytes.ts";
import { atOnce, Slices } from "../src/encoding/slices.ts";
import { decodeRequestJson } from "../src/dialects/jina/json/request.ts";
import { encodeResponseJson } from "../src/dialects/jina/json/response.ts";
import { embeddingToNdArray } from "../src/dialects/jina/document/nd_array.ts";
import {
  decodeRequestProto,
  encodeRequestProto,
  encodeResponseProto,
} from "../src/dialects/jina/proto/request.ts";
import type { DataRequest, DataResponse } from "../src/dialects/jina/document/request.ts";

const DIMENSIONS = 512;
const BLOB_BYTES = 100_000;
const ROUND_MS = 150;
const ROUNDS = 3;

const PROTO = new URL("../proto/", import.meta.url);
const root = new protobuf.Root();
root.resolvePath = (_origin, target) =>
  target.startsWith("google/") ? target : fileURLToPath(new URL(target, PROTO));
root.loadSync("jina.proto", { keepCase: true });
const DataRequestProto = root.lookupType("jina.DataRequestProto");

const routes = ["gateway", "clip"].map((executor) => ({
  executor,
  startTime: 1795382629645.997,
  endTime: 1795382629648.799,
}));
// Many, since a processor learns the branches that one takes.
const vectors = Array.from({ length: 64 }, (_, row) =>
  Float32Array.from(
    { length: DIMENSIONS },
    (_, i) => Math.sin((row * DIMENSIONS + i) * 12.9898) ** 3 * 1.7,
  ));
const blob = Uint8Array.from({ length: BLOB_BYTES }, (_, i) => (i * 2654435761) >>> 13);

function vectorOf(doc: number): Float32Array {
  return vectors[doc % vectors.length]!;
}

function requestOf(kind: "text" | "blob", count: number): DataRequest {
  const docs: Document[] = Array.from({ length: count }, (_, i) => ({
    id: i.toString(16).padStart(32, "0"),
    ...(kind === "text" ? { text: `a photo of a cat on a sofa, number ${i}` } : { blob }),
  }));
  return {
    requestId: "0".repeat(32),
    execEndpoint: "/encode",
    parameters: { drop_image_content: true },
    docs,
  };
}

function respond(request: DataRequest): DataResponse {
  const docs = request.docs.map((doc, i) => ({
    ...doc,
    embedding: embeddingToNdArray(vectorOf(i)),
  }));
  return { ...request, routes, docs };
}

/** Milliseconds per call: the best of some rounds, as other work on the machine only adds. */
async function measure(call: () => unknown): Promise<number> {
  await call();
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    let calls = 0;
    do {
      const done = call();
      if (done instanceof Promise) await done;
      calls++;
    } while (performance.now() - start < ROUND_MS);
    best = Math.min(best, (performance.now() - start) / calls);
  }
  return best;
}

async function row(
  name: string,
  count: number,
  ours: () => unknown,
  baseline: () => unknown,
): Promise<void> {
  const [a, b] = [await measure(ours), await measure(baseline)];
  const perSecond = (ms: number) => Math.round(count * 1000 / ms).toLocaleString("en").padStart(12);
  // deno-lint-ignore no-console
  console.log(
    `${name.padEnd(31)} ${String(count).padStart(5)} ${perSecond(a)} ${perSecond(b)} ${
      (b / a).toFixed(2).padStart(8)
    }x`,
  );
}

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

// deno-lint-ignore no-console
console.log("what                             docs  ours docs/s   baseline docs/s    ratio");
for (const kind of ["text", "blob"] as const) {
  for (const count of [1, 32, 1000]) {
    const request = requestOf(kind, count);
    const response = respond(request);
    const wire = encodeRequestProto(request);
    await row(
      `protobuf decode ${kind}`,
      count,
      () => decodeRequestProto(wire),
      () => DataRequestProto.decode(wire),
    );
    const message = DataRequestProto.decode(await encodeResponseProto(response));
    await row(
      `protobuf encode ${kind}`,
      count,
      () => encodeResponseProto(response),
      () => DataRequestProto.encode(message).finish(),
    );

    // As a client sends it: every field of a document, null where empty.
    const json = await encodeResponseJson({ ...request, routes: [] });
    await row(
      `json decode ${kind}`,
      count,
      () => decodeRequestJson(json),
      () => {
        const body = JSON.parse(new TextDecoder().decode(json));
        for (const doc of body.data) if (doc.blob) Uint8Array.fromBase64(doc.blob);
      },
    );
    await row(
      `json encode ${kind}`,
      count,
      () => encodeResponseJson(response),
      () =>
        bytesOf({
          ...response,
          docs: response.docs.map((doc, i) => ({
            ...doc,
            blob: doc.blob?.toBase64(),
            embedding: Array.from(vectorOf(i)),
          })),
        }),
    );
  }
}

const lists = vectors.map((vector) => Array.from(vector));
const floats = () => {
  for (const vector of vectors) {
    const json = new JsonBytes(DIMENSIONS * 14);
    json.floats(vector);
    atOnce(json.finish(new Slices()));
  }
};
await row("json floats, Float32Array", vectors.length, floats, () => {
  for (const vector of vectors) bytesOf(Array.from(vector));
});
await row("json floats, number[]", vectors.length, floats, () => {
  for (const list of lists) bytesOf(list);
});
await row("json floats, number[], no bytes", vectors.length, floats, () => {
  for (const list of lists) JSON.stringify(list);
});
