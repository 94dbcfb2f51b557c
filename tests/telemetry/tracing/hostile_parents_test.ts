/** What clients may write into `traceparent` and `tracestate`, by every protocol. */
import assert from "node:assert/strict";
import { Metadata } from "@grpc/grpc-js";
import { encodeRequestProto } from "../../../src/dialects/jina/proto/request.ts";
import { localUrl } from "../../../src/server/banner.ts";
import { GrpcClient, textRequest } from "../../support/grpc_client.ts";
import { Collector } from "../../support/otel_collector/collector.ts";
import { raw } from "../../support/raw_http.ts";
import { startTestServer } from "../../support/server.ts";
import { WsClient } from "../../support/ws_client.ts";

const TRACES = ["0af7651916cd43dd8448eb211c80319c", "1af7651916cd43dd8448eb211c80319c"] as const;
const PARENTS = TRACES.map((trace) => `00-${trace}-b7ad6b7169203331-01`);
const [PARENT, OTHER] = PARENTS as [string, string];

/** Headers that lead nowhere, or are two. */
const BAD: readonly string[][] = [
  ["nonsense"],
  [`00-${"0".repeat(32)}-b7ad6b7169203331-01`],
  [PARENT + "x".repeat(4000)],
  [PARENT, OTHER],
];
/** A state of many members, most of which are none; the first is. */
const LONG = ["a=b", ...Array.from({ length: 300 }, (_, i) => i % 3 ? `a${i}=` : "=;")].join(",");
/** One that nobody has to hand on. */
const HUGE = `a=${"b".repeat(1_000_000)}`;

const BODY = JSON.stringify({ data: [{ text: "one" }] });

function startTraced(collector: Collector, protocol: string, ...gateway: string[]) {
  return startTestServer({
    protocol,
    port: protocol.startsWith("[") ? "[0, 0, 0]" : "0",
    gateway: [
      "tracing: true",
      "traces_exporter_host: 127.0.0.1",
      `traces_exporter_port: ${collector.grpcPort}`,
      ...gateway,
    ],
  });
}

function httpText(...headers: string[]): string {
  return [
    "POST /encode HTTP/1.1",
    "host: a",
    "connection: close",
    "content-type: application/json",
    `content-length: ${BODY.length}`,
    ...headers,
    "",
    BODY,
  ].join("\r\n");
}

Deno.test("Malformed, huge and doubled parents begin traces of their own, and requests are served", async () => {
  await using collector = await Collector.start();
  const { server } = await startTraced(collector, "[grpc, http, websocket]");
  const [grpcUrl, httpUrl, wsUrl] = server.addresses.map(localUrl) as [string, string, string];
  const http = (...headers: string[]) => raw(httpUrl, httpText(...headers));
  const grpc = new GrpcClient(grpcUrl);
  let requests = 0;
  for (const bad of BAD) {
    assert.match(await http(...bad.map((value) => `traceparent: ${value}`)), /^HTTP\/1.1 200/);
    const metadata = new Metadata();
    for (const value of bad) metadata.add("traceparent", value);
    assert.equal((await grpc.call([textRequest(["one"])], metadata)).length, 1);
    const ws = await new WsClient(wsUrl, ["bytes"], { headers: { traceparent: bad.join(", ") } })
      .open();
    // A message's own malformed one leaves it where its connection is.
    const parameters = { traceparent: bad.join(), tracestate: HUGE };
    ws.send(encodeRequestProto(textRequest(["one"], { parameters })));
    await ws.take(1);
    await ws.close();
    requests += 3;
  }
  assert.match(
    await http(`traceparent: ${PARENT}`, `tracestate: ${LONG}`, "tracestate: c=d"),
    /^HTTP\/1.1 200/,
  );
  const ws = await new WsClient(wsUrl).open();
  const parameters = { traceparent: OTHER, tracestate: HUGE };
  ws.send(encodeRequestProto(textRequest(["one"], { parameters })));
  await ws.take(1);
  await ws.close();
  grpc.close();
  assert.equal(await server.stop(10_000), 0);
  const roots = collector.spans.filter(({ kind }) => kind === 2);
  assert.equal(roots.filter(({ parent }) => parent === "").length, requests);
  const below = TRACES.map((trace) => roots.filter(({ traceId }) => traceId === trace));
  assert.deepEqual(below.map((spans) => spans.map(({ traceState }) => traceState)), [
    // Headers of one name are one list.
    ["a=b,c=d"],
    [""],
  ]);
});

Deno.test("A thousand requests of one stream have a span each, and a refused one has its reason", async () => {
  await using collector = await Collector.start();
  const keys = ["api_keys: [{name: known, key: some-long-key-of-a-test}]"];
  const { server, url } = await startTraced(collector, "grpc", ...keys);
  const grpc = new GrpcClient(url);
  const metadata = new Metadata();
  metadata.set("traceparent", PARENT);
  await assert.rejects(grpc.call([textRequest(["one"])], metadata), /UNAUTHENTICATED/);
  metadata.set("authorization", "Bearer some-long-key-of-a-test");
  const requests = Array.from({ length: 1000 }, () => textRequest(["one"]));
  assert.equal((await grpc.call(requests, metadata)).length, 1000);
  grpc.close();
  assert.equal(await server.stop(10_000), 0);
  const roots = collector.spans.filter(({ kind }) => kind === 2);
  assert.ok(roots.every(({ traceId }) => traceId === TRACES[0]));
  const refused = roots.filter(({ attributes }) => attributes["error.type"] === "unauthenticated");
  assert.equal(refused.length, 1);
  assert.equal(refused[0]!.status, 0);
  // More than wait for the collector at a time may be dropped, and are told.
  const served = roots.filter(({ attributes }) => attributes["clipline.key"] === "known");
  assert.ok(served.length > 250, `${served.length}`);
});
