/** Metrics of a real server: real requests, real sockets. */
import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";
import { loadFlow } from "../../src/flow/load.ts";
import { WORKER_URLS } from "../../src/server/executor.ts";
import { startServer } from "../../src/server/server.ts";
import { Log, SILENT_LOG } from "../../src/telemetry/log.ts";
import { encodeRequestProto } from "../../src/dialects/jina/proto/request.ts";
import { banner, localUrl } from "../../src/server/banner.ts";
import { GateFile } from "../support/gate_file.ts";
import { GrpcClient, textRequest } from "../support/grpc_client.ts";
import { WsClient } from "../support/ws_client.ts";
import { postDocuments, scrape } from "../support/metrics.ts";
import { startTestServer, testFlow } from "../support/server.ts";
import { until } from "../support/until.ts";

const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFElEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC";
const MONITORED = ["monitoring: true", "port_monitoring: 0"];
const EXECUTOR = { executor: "clip_o" };
const TEXT = { ...EXECUTOR, modality: "text" };
const IMAGE = { ...EXECUTOR, modality: "image" };
const GATEWAY = { runtime_name: "gateway/rep-0" };
/** A replica that waits at the gate in the midst of some texts, or after it has died of others. */
const behind = (gate: GateFile, name: "faulty" | "held_restart") => ({
  ...WORKER_URLS,
  replica: gate.before(import.meta.resolve(`../dispatch/workers/${name}_replica.ts`)),
});

Deno.test("the metrics of a server that works", async (t) => {
  const { server, url } = await startTestServer({
    gateway: [...MONITORED, "max_documents: 20"],
    encoder: ["cache_size: 1"],
    replicas: 2,
  });

  await t.step("are there before the first request, at / and at /metrics", async () => {
    const page = await scrape(server, 0, "/");
    assert.equal(page.get("clipline_ready"), 1);
    assert.equal(page.get("clipline_replicas", EXECUTOR), 2);
    assert.equal(page.get("clipline_replicas_ready", EXECUTOR), 2);
    assert.equal(page.get("jina_successful_requests_total", GATEWAY), 0);
    assert.equal(page.get("clipline_requests_in_flight", { protocol: "http" }), 0);
    const info = { ...EXECUTOR, model: "fixture", runtime: "onnx", provider: "cpu", dtype: "fp32" };
    assert.equal(page.get("clipline_executor_info", info), 1);
    assert.deepEqual((await scrape(server)).samples, page.samples);
  });

  await t.step("count documents, minibatches and sizes of a request", async () => {
    const data = [{ text: "one" }, { text: "two, and longer" }, { text: "one" }, { blob: PNG }];
    assert.equal((await postDocuments(url, data)).status, 200);
    const page = await scrape(server);
    const labels = { protocol: "http", endpoint: "/" };
    assert.equal(page.get("clipline_requests_total", { ...labels, outcome: "ok" }), 1);
    assert.equal(page.get("clipline_request_documents_total", labels), 4);
    assert.equal(
      page.get("clipline_request_bytes_total", { protocol: "http" }),
      JSON.stringify({ data, execEndpoint: "/" }).length,
    );
    assert.ok(page.get("clipline_response_bytes_total", { protocol: "http" })! > 1000);
    // The second "one" joined the first.
    assert.equal(page.get("clipline_merged_items_total", EXECUTOR), 1);
    assert.equal(page.get("clipline_embeddings_total", TEXT), 2);
    assert.equal(page.get("clipline_embeddings_total", IMAGE), 1);
    assert.equal(page.get("clipline_batch_items_sum", TEXT), 2);
    assert.equal(page.get("clipline_wait_seconds_count", TEXT), 2);
    assert.equal(page.get("clipline_preprocessed_items_total", IMAGE), 1);
    assert.equal(page.get("clipline_queue_items", TEXT), 0);
    assert.equal(page.get("clipline_running_items", EXECUTOR), 0);
    assert.equal(page.get("clipline_held_bytes", EXECUTOR), 0);
    const computed = page.get("clipline_compute_seconds_sum", TEXT)! +
      page.get("clipline_compute_seconds_sum", IMAGE)!;
    const busy = [0, 1].map((replica) =>
      page.get("clipline_replica_busy_seconds_total", { ...EXECUTOR, replica })!
    );
    assert.ok(computed > 0 && Math.abs(busy[0]! + busy[1]! - computed) < 1e-9);
  });

  await t.step("count what the cache saved", async () => {
    await postDocuments(url, [{ text: "one" }]);
    const page = await scrape(server);
    assert.equal(page.get("clipline_cache_lookups_total", { ...EXECUTOR, result: "hit" }), 1);
    assert.equal(page.get("clipline_cache_lookups_total", { ...EXECUTOR, result: "miss" }), 4);
    assert.equal(page.get("clipline_embeddings_total", TEXT), 2);
  });

  await t.step("tell failures in answers from refusals, and invented endpoints apart", async () => {
    await postDocuments(url, [{ text: "no matches" }], "/rank");
    await postDocuments(url, "no documents");
    await postDocuments(url, Array.from({ length: 21 }, (_, i) => ({ text: `${i}` })), "/encode");
    for (let i = 0; i < 5; i++) await postDocuments(url, [{ text: "one" }], "/post", `/x${i}`);
    const page = await scrape(server);
    const count = (endpoint: string, outcome: string) =>
      page.get("clipline_requests_total", { protocol: "http", endpoint, outcome });
    assert.equal(count("/rank", "failed"), 1);
    assert.equal(count("unread", "invalid"), 1);
    // Refused while it is read, before what it asks for is known.
    assert.equal(count("unread", "too_large"), 1);
    assert.equal(count("other", "ok"), 5);
    assert.equal(page.samples.some((sample) => sample.includes("/x")), false);
    assert.equal(page.get("jina_failed_requests_total", GATEWAY), 3);
    assert.equal(page.get("jina_failed_requests_total", { runtime_name: "clip_o/rep-0" }), 1);
    assert.equal(page.get("jina_number_of_pending_requests", GATEWAY), 0);
  });

  await t.step("are not ready while the server drains", async () => {
    server.lifecycle.enter("draining");
    assert.equal((await scrape(server)).get("clipline_ready"), 0);
    assert.equal((await postDocuments(url, [{ text: "late" }])).status, 503);
    const labels = { protocol: "http", endpoint: "unread", outcome: "unavailable" };
    assert.equal((await scrape(server)).get("clipline_requests_total", labels), 1);
  });

  const { port } = server.metricsAddresses[0]!;
  await server.stop(5000);
  await assert.rejects(fetch(`http://127.0.0.1:${port}`), "the page is closed with the server");
});

Deno.test("the metrics stay up until the requests inside have ended", async () => {
  using gate = new GateFile();
  const { server, url } = await startTestServer({
    gateway: MONITORED,
    workers: behind(gate, "faulty"),
  });
  const { port } = server.metricsAddresses[0]!;
  const slow = postDocuments(url, [{ text: "slow one" }]);
  await until(() => scrape(server), (page) => page.get("clipline_replicas_busy", EXECUTOR) === 1);
  const stopped = server.stop(60_000);
  const page = await scrape(server);
  assert.equal(page.get("clipline_ready"), 0);
  assert.equal(page.get("clipline_requests_in_flight", { protocol: "http" }), 1);
  assert.equal(page.get("clipline_running_items", EXECUTOR), 1);
  gate.open();
  assert.equal((await slow).status, 200);
  await stopped;
  await assert.rejects(fetch(`http://127.0.0.1:${port}`));
});

Deno.test("a replica's restart is counted, and refused items are", async () => {
  using gate = new GateFile();
  const { server, url } = await startTestServer({
    gateway: MONITORED,
    encoder: ["max_queue: 4"],
    workers: behind(gate, "held_restart"),
  });
  const crashing = postDocuments(url, [{ text: "crash a" }]);
  await until(() => scrape(server), (page) => page.get("clipline_replicas_ready", EXECUTOR) === 0);
  const waiting = postDocuments(url, [{ text: "b" }, { text: "c" }, { text: "d" }]);
  // What the replica died of is back in the queue.
  await until(() => scrape(server), (page) => page.get("clipline_queue_items", TEXT) === 4);
  const refused = await postDocuments(url, [{ text: "e" }, { text: "f" }]);
  assert.equal(refused.status, 503);
  gate.open();
  await Promise.all([crashing, waiting]);
  const page = await scrape(server);
  const rejected = { ...EXECUTOR, reason: "items" };
  assert.equal(page.get("clipline_rejected_items_total", rejected), 2);
  const restarts = { ...EXECUTOR, kind: "replica" };
  assert.equal(page.get("clipline_worker_restarts_total", restarts), 2);
  const overloaded = { protocol: "http", endpoint: "/", outcome: "overloaded" };
  assert.equal(page.get("clipline_requests_total", overloaded), 1);
  await server.stop(5000);
});

Deno.test("under load clipline_queue_seconds is the longest expected wait, and 0 when that is over", async () => {
  const { server, url } = await startTestServer({ gateway: MONITORED });
  assert.equal((await scrape(server)).get("clipline_queue_seconds"), 0);
  let loaded = true;
  const client = async (number: number) => {
    for (let round = 0; loaded; round++) {
      const texts = Array.from({ length: 100 }, (_, i) => ({ text: `${number} ${round} ${i}` }));
      const data = number === 0 ? [...texts, { blob: PNG }] : texts;
      // Refused ones are load too.
      assert.ok([200, 503].includes((await postDocuments(url, data)).status));
    }
  };
  const clients = Array.from({ length: 8 }, (_, number) => client(number));
  // A page's values are read one after the other, and a moment may pass between two of them.
  await until(() => scrape(server), (page) => {
    const seconds = page.get("clipline_queue_seconds")!;
    const waits = [TEXT, IMAGE]
      .map((labels) => page.get("clipline_expected_wait_seconds", labels)!);
    return seconds > 0.01 && seconds === Math.max(...waits);
  });
  loaded = false;
  await Promise.all(clients);
  assert.equal((await scrape(server)).get("clipline_queue_seconds"), 0);
  await server.stop(5000);
});

Deno.test("gRPC and WebSocket requests are counted, one by one within a stream", async () => {
  const { server } = await startTestServer({
    protocol: "[grpc, websocket, http]",
    port: "[0, 0, 0]",
    gateway: MONITORED,
  });
  const urlOf = (protocol: string) =>
    localUrl(server.addresses.find((address) => address.protocol === protocol)!);
  const requests = [textRequest(["a", "b"]), textRequest(["c"], { execEndpoint: "/encode" })];

  const grpc = new GrpcClient(urlOf("grpc"));
  assert.equal((await grpc.call(requests)).length, 2);
  const unary = "/jina.JinaSingleDataRequestRPC/process_single_data";
  await grpc.unary(unary, encodeRequestProto(requests[0]!));
  await assert.rejects(grpc.unary(unary, new Uint8Array([0xff])));

  const websocket = await new WsClient(`${urlOf("websocket")}/`).open();
  const messages = requests.map((request) => encodeRequestProto(request));
  for (const message of messages) websocket.send(message);
  assert.equal((await websocket.take(2)).length, 2);
  await websocket.close();

  server.lifecycle.enter("draining");
  await assert.rejects(grpc.unary(unary, encodeRequestProto(requests[0]!)), /UNAVAILABLE/);
  grpc.close();

  const page = await scrape(server);
  const ended = (protocol: string, endpoint: string, outcome: string) =>
    page.get("clipline_requests_total", { protocol, endpoint, outcome });
  assert.equal(ended("grpc", "/", "ok"), 2);
  assert.equal(ended("grpc", "/encode", "ok"), 1);
  assert.equal(ended("grpc", "unread", "invalid"), 1);
  assert.equal(ended("grpc", "unread", "unavailable"), 1);
  assert.equal(ended("websocket", "/", "ok"), 1);
  assert.equal(ended("websocket", "/encode", "ok"), 1);
  const documents = { protocol: "websocket", endpoint: "/" };
  assert.equal(page.get("clipline_request_documents_total", documents), 2);
  const bytes = messages.reduce((sum, message) => sum + message.length, 0);
  assert.equal(page.get("clipline_request_bytes_total", { protocol: "websocket" }), bytes);
  for (const protocol of ["grpc", "websocket", "http"]) {
    assert.equal(page.get("clipline_requests_in_flight", { protocol }), 0, protocol);
  }
  assert.equal(page.get("jina_failed_requests_total", GATEWAY), 2);
  await server.stop(5000);
});

Deno.test("an executor with a port of its own is on its page and not on the gateway's", async () => {
  const { server, url } = await startTestServer({
    gateway: MONITORED,
    executor: ["port_monitoring: 0"],
  });
  assert.equal(server.metricsAddresses.length, 2);
  await postDocuments(url, [{ text: "one" }]);
  const gateway = await scrape(server, 0);
  const executor = await scrape(server, 1);
  const runtime = { runtime_name: "clip_o/rep-0" };
  assert.equal(gateway.get("jina_successful_requests_total", GATEWAY), 1);
  assert.equal(executor.get("jina_successful_requests_total", runtime), 1);
  assert.equal(executor.get("clipline_embeddings_total", TEXT), 1);
  const both = gateway.samples.filter((sample) => executor.samples.includes(sample));
  assert.deepEqual(both, []);
  await server.stop(5000);
});

Deno.test("an executor alone can be monitored", async () => {
  const { server, url } = await startTestServer({
    executor: ["monitoring: true", "port_monitoring: 0"],
  });
  await postDocuments(url, [{ text: "one" }]);
  const { port } = server.metricsAddresses[0]!;
  assert.match(
    banner(server, { color: false }),
    new RegExp(`^  scrape http://127.0.0.1:${port}/metrics$`, "m"),
  );
  const page = await scrape(server);
  assert.equal(page.get("clipline_embeddings_total", TEXT), 1);
  assert.ok(page.get("process_resident_memory_bytes")! > 0);
  assert.equal(page.samples.some((sample) => sample.includes("gateway/")), false);
  assert.equal(page.samples.some((sample) => sample.startsWith("clipline_requests")), false);
  await server.stop(5000);
});

Deno.test("without monitoring no port is open", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = new Log("test", { level: "WARNING", json: false, color: false, write });
  const { server } = await startTestServer({ executor: ["monitoring: true"], log });
  assert.deepEqual(server.metricsAddresses, []);
  assert.match(lines.join("\n"), /'clip_o' has 'monitoring' without 'port_monitoring'/);
  await server.stop(5000);
});

Deno.test("a port in use ends the start before a model is loaded, and leaves nothing open", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const freePort = (free.addr as Deno.NetAddr).port;
  free.close();
  const text = await testFlow({
    gateway: ["monitoring: true", `port_monitoring: ${freePort}`],
    executor: [`port_monitoring: ${port}`],
  });
  const neither = "file:///neither.ts";
  const workers = {
    replica: "file:///must-not-be-started.ts",
    preprocess: neither,
    index: neither,
  };
  await assert.rejects(
    startServer(loadFlow({ text, name: "flow.yml" }, {}), { log: SILENT_LOG, workers }),
    (thrown) => {
      assert.ok(thrown instanceof ClipError);
      assert.equal(thrown.kind, "unavailable");
      assert.match(thrown.message, new RegExp(`Port ${port} of 127.0.0.1 is in use`));
      assert.match(thrown.message, /executor 'clip_o'/);
      return true;
    },
  );
  Deno.listen({ hostname: "127.0.0.1", port: freePort }).close();
  taken.close();
});
