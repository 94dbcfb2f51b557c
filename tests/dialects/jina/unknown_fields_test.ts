/** Misspelt names in requests, on real sockets. */
import assert from "node:assert/strict";
import { type ServiceError, status } from "@grpc/grpc-js";
import { encodeRequestProto } from "../../../src/dialects/jina/proto/request.ts";
import { ClipError } from "../../../src/errors.ts";
import { UnknownFields } from "../../../src/dialects/jina/unknown_fields.ts";
import { openGateways } from "../../support/gateways.ts";
import { GrpcClient, textRequest } from "../../support/grpc_client.ts";
import { LogLines } from "../../support/log_lines.ts";

async function post(url: string, body: unknown): Promise<Response> {
  return await fetch(`${url}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

const MISSPELT = {
  data: [{ text: "a", tex: "b", texture: { of: "somebody else's" } }, { text: "c", tex: "d" }],
  Parameters: {},
  parameters: { normalise: true, clip_t__drop_image_contents: true, limit: 10 },
};

Deno.test("a misspelt name is told once, with the one that is meant; the request is served", async () => {
  const lines = new LogLines("WARNING");
  await using gateways = await openGateways({ protocol: "http", log: lines.log });
  for (let i = 0; i < 3; i++) {
    const answer = await post(gateways.url("http"), MISSPELT);
    assert.equal(answer.status, 200);
    assert.equal((await answer.json()).data.length, 2);
  }
  assert.deepEqual(lines.of().map(({ message }) => message), [
    "A document's field 'tex' means nothing here; did you mean 'text'? (told once)",
    "A request's field 'Parameters' means nothing here; did you mean 'parameters'? (told once)",
    "The parameter 'normalise' means nothing here; did you mean 'normalize'? (told once)",
    "The parameter 'drop_image_contents' means nothing here; did you mean 'drop_image_content'? " +
    "(told once)",
  ]);
});

Deno.test("a large body is looked at like a small one", async () => {
  const lines = new LogLines("WARNING");
  await using gateways = await openGateways({ protocol: "http", log: lines.log });
  const blob = btoa("x".repeat(400_000));
  const large = { ...MISSPELT, data: [...MISSPELT.data, { blob, mime_typ: "image/png" }] };
  assert.equal((await post(gateways.url("http"), large)).status, 200);
  const names = lines.of().map(({ message }) => / '(\w+)' means/.exec(message)![1]);
  assert.deepEqual(names.sort(), [
    "Parameters",
    "drop_image_contents",
    "mime_typ",
    "normalise",
    "tex",
  ]);
});

Deno.test("strict_fields refuses every unknown name, each at its place", async () => {
  await using gateways = await openGateways({
    protocol: "http",
    gateway: ["strict_fields: true"],
  });
  const url = gateways.url("http");
  const detail = async (body: unknown) => {
    const answer = await post(url, body);
    assert.equal(answer.status, 422);
    return (await answer.json()).detail as { loc: unknown[]; msg: string; type: string }[];
  };
  const document = await detail({ data: [{ text: "a" }, { text: "b", tex: "c", other: 1 }] });
  assert.deepEqual(document[0], {
    loc: ["body", "data", 1, "tex"],
    msg: "unknown field; did you mean 'text'? ('strict_fields')",
    type: "value_error.extra",
  });
  const chunk = await detail({ data: [{ chunks: [{ txet: "a" }] }] });
  assert.deepEqual(chunk[0]!.loc, ["body", "data", 0, "chunks", 0, "txet"]);
  const blob = btoa("x".repeat(400_000));
  const large = await detail({ data: [{ blob, other: 1 }], more: 2 });
  assert.deepEqual(large.map(({ loc }) => loc), [["body", "data", 0, "other"], ["body", "more"]]);
  const parameters = await detail({ data: [{ text: "a" }], parameters: { normalise: true } });
  assert.deepEqual(parameters[0]!.loc, ["body", "parameters", "normalise"]);
  // Those of another spelling, or for one executor, are known.
  const fine = await post(url, {
    data: [{ text: "a", tags: { any: 1 } }],
    parameters: { clip_t__normalize: true },
    targetExecutor: "clip_t",
    header: {},
  });
  assert.equal(fine.status, 200, await fine.text());
});

Deno.test("parameters are looked at on gRPC too", async () => {
  const lines = new LogLines("WARNING");
  await using lenient = await openGateways({ log: lines.log });
  const request = { ...textRequest(["a"]), parameters: { normalise: true } };
  const ask = async (url: string) => {
    const client = new GrpcClient(url);
    try {
      return (await client.call([request]))[0]!;
    } finally {
      client.raw.close();
    }
  };
  assert.equal((await ask(lenient.url("grpc"))).docs.length, 1);
  assert.equal(lines.of().length, 1);
  await using strict = await openGateways({ gateway: ["strict_fields: true"] });
  const answer = await ask(strict.url("grpc"));
  assert.match(answer.status!.description, /normalise: unknown field; did you mean 'normalize'/);
  const client = new GrpcClient(strict.url("grpc"));
  const method = "/jina.JinaSingleDataRequestRPC/process_single_data";
  await assert.rejects(
    async () => await client.unary(method, encodeRequestProto(request)),
    (error: ServiceError) => error.code === status.INVALID_ARGUMENT,
  );
  client.close();
});

Deno.test("UnknownFields keeps few names, however many come", () => {
  const lines = new LogLines("WARNING");
  const fields = new UnknownFields(false, lines.log);
  for (let i = 0; i < 3000; i++) {
    assert.equal(
      fields.met("document", `tex${String.fromCodePoint(0x100 + i)}`, ["text"]),
      undefined,
    );
  }
  assert.equal(lines.texts.length, 100);
  assert.ok(!(fields.met("document", "x".repeat(1e6), ["text"]) as unknown instanceof ClipError));
});
