/** Requests are traced, as a real OpenTelemetry Collector sees it. */
import assert from "node:assert/strict";
import { Metadata } from "@grpc/grpc-js";
import { ClipClient } from "../../../client/mod.ts";
import { encodeRequestProto } from "../../../src/dialects/jina/proto/request.ts";
import { localUrl } from "../../../src/server/banner.ts";
import { GrpcClient, textRequest } from "../../support/grpc_client.ts";
import { LogLines } from "../../support/log_lines.ts";
import { checkConfiguration, Collector } from "../../support/otel_collector/collector.ts";
import { assertNested, only, type Span } from "../../support/otel_collector/spans.ts";
import { startSearchServer } from "../../support/search_server.ts";
import { startTestServer } from "../../support/server.ts";
import { codeBlocks } from "../../docs/code_blocks.ts";
import { WsClient } from "../../support/ws_client.ts";

const ENGINE = ["preprocess", "queue", "compute"];

/** A trace of its own for each part of the test, and its header. */
function newTrace(flags = "01"): { id: string; parent: string; traceparent: string } {
  const id = crypto.randomUUID().replaceAll("-", "");
  const parent = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  return { id, parent, traceparent: `00-${id}-${parent}-${flags}` };
}

/** Spans of a request inside it: one tree, of stages that lie within each other. */
function assertRequest(spans: readonly Span[], server: Span): void {
  assert.equal(server.kind, 2);
  assertNested(spans);
  const inside = (parent: Span) => spans.filter((span) => span.parent === parent.spanId);
  const [admission, encode] = ["admission", "encode"].map((name) => only(inside(server), name));
  assert.ok(admission!.ended <= encode!.began);
  assert.equal(encode!.attributes["clipline.executor"], "clip_o");
  assert.equal(encode!.attributes["clipline.model"], "fixture");
  const engine = inside(encode!);
  for (const name of ENGINE) assert.ok(engine.some((span) => span.name === name), name);
  const compute = only(engine, "compute");
  assert.ok(only(engine, "preprocess").began <= compute.began);
  assert.deepEqual(compute.attributes["clipline.replicas"], [0]);
  assert.ok(Number(compute.attributes["clipline.minibatch.size"]) >= 1);
  assert.ok(Number(compute.attributes["clipline.minibatch.fill"]) > 0);
}

Deno.test("A collector gets the spans of requests by every protocol, under their clients' spans", async (t) => {
  await using collector = await Collector.start();
  const lines = new LogLines("INFO");
  const fetchedWith: (string | null)[] = [];
  const pictures = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    fetchedWith.push(request.headers.get("traceparent"));
    return new Response("no picture");
  });
  const { server } = await startTestServer({
    protocol: "[grpc, http, websocket]",
    port: "[0, 0, 0]",
    log: lines.log,
    gateway: [
      "tracing: true",
      "traces_exporter_host: http://127.0.0.1",
      `traces_exporter_port: ${collector.grpcPort}`,
      "access_log: true",
      "allow_private_uris: true",
      "uri_trace_context: true",
    ],
  });
  const urls = server.addresses.map(localUrl);
  const [grpcUrl, httpUrl, wsUrl] = urls as [string, string, string];
  const post = async (texts: string[], headers: Record<string, string>, more: object = {}) => {
    const data = texts.map((text) => ({ text }));
    const response = await fetch(`${httpUrl}/encode`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ data, ...more }),
    });
    assert.equal(response.status, 200, await response.text());
  };

  const http = newTrace();
  await post(["one", "two"], { traceparent: http.traceparent, tracestate: "a=b,c=d" });

  const many = newTrace();
  const texts = Array.from({ length: 300 }, (_, i) => `text ${i} ${many.id}`);
  await post(texts, { traceparent: many.traceparent });

  const unsampled = newTrace("00");
  await post(["three"], { traceparent: unsampled.traceparent });

  const malformed = `00-${newTrace().id}-0000000000000000-01`;
  await post(["four"], { traceparent: malformed });

  const fetching = newTrace();
  const uri = `http://127.0.0.1:${pictures.addr.port}/a.png`;
  await fetch(`${httpUrl}/encode`, {
    method: "POST",
    headers: { "content-type": "application/json", traceparent: fetching.traceparent },
    body: JSON.stringify({ data: [{ uri }], parameters: { on_error: "skip" } }),
  }).then((response) => response.text());

  const stream = newTrace();
  const grpc = new GrpcClient(grpcUrl);
  const metadata = new Metadata();
  metadata.set("traceparent", stream.traceparent);
  await grpc.call([textRequest(["five"]), textRequest(["six"])], metadata);
  grpc.close();

  const socket = newTrace();
  const message = newTrace();
  const ws = await new WsClient(wsUrl, ["bytes"], {
    headers: { traceparent: socket.traceparent },
  }).open();
  ws.send(encodeRequestProto(textRequest(["seven"])));
  await ws.take(1);
  const { traceparent } = message;
  ws.send(encodeRequestProto(textRequest(["eight"], { parameters: { traceparent } })));
  ws.send(encodeRequestProto(textRequest(["nine"], { parameters: { traceparent: "nonsense" } })));
  await ws.take(3);
  await ws.close();

  const ours = [newTrace(), newTrace(), newTrace()];
  for (const [i, url] of urls.entries()) {
    await using client = new ClipClient(url);
    await client.encode([`ours ${i}`], { traceContext: { traceparent: ours[i]!.traceparent } });
  }

  // What is left goes out at the stop.
  assert.equal(await server.stop(10_000), 0);
  await pictures.shutdown();
  const of = (id: string) => collector.spans.filter((span) => span.traceId === id);
  const under = (trace: { id: string; parent: string }) => {
    const spans = of(trace.id);
    const roots = spans.filter(({ parent }) => parent === trace.parent);
    return { spans, roots };
  };

  await t.step("HTTP", () => {
    const { spans, roots } = under(http);
    const server = only(roots, "POST /encode");
    assertRequest(spans, server);
    assert.equal(server.traceState, "a=b,c=d");
    const { attributes } = server;
    assert.equal(attributes["http.request.method"], "POST");
    assert.equal(attributes["http.route"], "/encode");
    assert.equal(attributes["http.response.status_code"], 200);
    assert.equal(attributes["client.address"], "127.0.0.1");
    assert.equal(attributes["clipline.documents"], 2);
    assert.equal(attributes["clipline.items.text"], 2);
    assert.equal(attributes["clipline.outcome"], "ok");
    assert.equal(server.status, 0);
    assert.equal(server.resource["service.name"], "clipline");
    assert.equal(server.resource["host.name"], Deno.hostname());
  });

  await t.step("Many items: as many spans, and one interval for a stage", () => {
    const { spans, roots } = under(many);
    assertRequest(spans, only(roots, "POST /encode"));
    assert.ok(spans.length < 12, `${spans.length} spans`);
    const compute = only(spans, "compute");
    assert.equal(compute.attributes["clipline.items"], 300);
    assert.ok(Number(compute.attributes["clipline.minibatch.count"]) >= 300 / 8);
  });

  await t.step("What its client does not sample is not sent, and is in the log", () => {
    assert.deepEqual(of(unsampled.id), []);
    const line = lines.of("access").find(({ trace_id }) => trace_id === unsampled.id);
    assert.equal(line?.["message"], "POST /encode");
  });

  await t.step("A malformed header counts as none: a trace of its own", () => {
    assert.deepEqual(of(malformed.slice(3, 35)), []);
    const roots = collector.spans.filter((span) => span.kind === 2 && span.parent === "");
    assert.equal(roots.length, 1);
    assertRequest(of(roots[0]!.traceId), roots[0]!);
  });

  await t.step("A fetch is in its encode, and the other server is told of the trace", () => {
    const { spans, roots } = under(fetching);
    const server = only(roots, "POST /encode");
    assert.deepEqual(fetchedWith, [`00-${fetching.id}-${server.spanId}-01`]);
    assert.equal(only(spans, "fetch").parent, only(spans, "encode").spanId);
    assertNested(spans);
  });

  await t.step("gRPC: a span for each message of a stream", () => {
    const { spans, roots } = under(stream);
    assert.equal(roots.length, 2);
    for (const server of roots) {
      assert.equal(server.name, "jina.JinaRPC/Call");
      assert.equal(server.attributes["rpc.system.name"], "grpc");
      assert.equal(server.attributes["rpc.response.status_code"], "OK");
      assertRequest(
        spans.filter((span) => span.kind !== 2 && isBelow(span, server, spans)),
        server,
      );
    }
  });

  await t.step("WebSocket: by the handshake's header, or by the message's own", () => {
    const handshake = under(socket);
    assert.equal(handshake.roots.length, 2);
    assert.ok(handshake.roots.every(({ name }) => name === "websocket /"));
    const own = under(message);
    assertRequest(own.spans, only(own.roots, "websocket /"));
  });

  await t.step("The project's client hands its trace on over every protocol", () => {
    for (const trace of ours) {
      const { spans, roots } = under(trace);
      assert.equal(roots.length, 1);
      assertRequest(spans, roots[0]!);
    }
  });

  await t.step("The log has the trace of each request", () => {
    const line = lines.of("access").find(({ trace_id }) => trace_id === http.id);
    assert.equal(line?.["span_id"], only(under(http).roots, "POST /encode").spanId);
  });
});

Deno.test("An index has a span; what is refused or late has one with its reason", async () => {
  await using collector = await Collector.start();
  const keys = {
    tracing: true,
    traces_exporter_host: "127.0.0.1",
    traces_exporter_port: collector.grpcPort,
  };
  const post = async (url: string, path: string, body: unknown, traceparent: string) => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", traceparent },
      body: JSON.stringify(body),
    });
    await response.text();
    return response.status;
  };
  const [kept, found, late] = [newTrace(), newTrace(), newTrace()];
  {
    await using search = await startSearchServer(keys);
    const data = [{ id: "a", text: "a red circle" }];
    assert.equal(await post(search.url, "/index", { data }, kept.traceparent), 200);
    assert.equal(await post(search.url, "/search", { data }, found.traceparent), 200);
  }
  {
    const gateway = Object.entries(keys).map(([key, value]) => `${key}: ${value}`);
    const { server, url } = await startTestServer({ gateway: [...gateway, "timeout_send: 1"] });
    const data = Array.from({ length: 500 }, (_, i) => ({ text: `one of many, number ${i}` }));
    assert.equal(await post(url, "/encode", { data }, late.traceparent), 504);
    await server.stop(5000);
  }
  for (const trace of [kept, found]) {
    const spans = collector.spans.filter(({ traceId }) => traceId === trace.id);
    assertNested(spans);
    assert.equal(only(spans, "index").status, 0);
    assert.ok(only(spans, "encode").ended <= only(spans, "index").began);
  }
  const spans = collector.spans.filter(({ traceId }) => traceId === late.id);
  assertNested(spans);
  for (const name of ["POST /encode", "encode"]) {
    const { status, attributes } = only(spans, name);
    assert.equal(status, 2, name);
    assert.equal(attributes["error.type"], "deadline", name);
  }
});

Deno.test("docs/tracing.md's configuration is one of the collector", async () => {
  const page = await Deno.readTextFile(new URL("../../../docs/tracing.md", import.meta.url));
  const block = codeBlocks(page, "docs/tracing.md").find(({ text }) => text.includes("receivers:"));
  await checkConfiguration(block!.text);
});

function isBelow(span: Span, above: Span, spans: readonly Span[]): boolean {
  if (span.parent === above.spanId) return true;
  const parent = spans.find(({ spanId }) => spanId === span.parent);
  return parent !== undefined && isBelow(parent, above, spans);
}
