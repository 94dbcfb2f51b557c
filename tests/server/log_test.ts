/** What a real server's log has of real requests. */
import assert from "node:assert/strict";
import { Metadata } from "@grpc/grpc-js";
import { localUrl } from "../../src/server/banner.ts";
import { GrpcClient, textRequest } from "../support/grpc_client.ts";
import { type LoggedLine, LogLines } from "../support/log_lines.ts";
import { startTestServer } from "../support/server.ts";
import { untilSo } from "../support/until.ts";
import { WsClient } from "../support/ws_client.ts";

const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFElEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC";
const ALL = { protocol: "[grpc, http, websocket]", port: "[0, 0, 0]" };

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer hush" },
    body: JSON.stringify(body),
  });
}

Deno.test("at DEBUG each request has a line with its parts, on every protocol", async (t) => {
  const lines = new LogLines("DEBUG");
  const { server } = await startTestServer({
    ...ALL,
    log: lines.log,
    replicas: 2,
    gateway: ["allow_private_uris: true", "max_documents: 10"],
    encoder: ["cache_size: 1"],
  });
  const url = (protocol: string) =>
    localUrl(server.addresses.find((address) => address.protocol === protocol)!);
  const http = url("http");
  const requests = () => lines.of("request");
  const next = async (before: number): Promise<LoggedLine> => {
    await untilSo(() => requests().length > before);
    return requests()[before]!;
  };

  await t.step("the start of each replica", () => {
    for (const message of ["Replica opened the model", "Replica is warm"]) {
      const told = lines.of("clip_o").filter((line) => line.message === message);
      assert.deepEqual(told.map(({ replica }) => replica).sort(), [0, 1], message);
    }
  });

  await t.step("HTTP", async () => {
    const data = [{ text: "whisper" }, { text: "whisper" }, { blob: PNG }];
    const body = await (await post(`${http}/encode`, { data })).text();
    const line = await next(0);
    assert.deepEqual(
      [line.message, line.protocol, line.endpoint, line.client, line.outcome, line.status],
      ["Answered", "http", "/encode", "127.0.0.1", "ok", 200],
    );
    assert.deepEqual([line.documents, line.texts, line.images, line.joined], [3, 2, 1, 1]);
    assert.deepEqual([line.bytesIn, line.bytesOut], [JSON.stringify({ data }).length, body.length]);
    const { queueMs, preprocessMs, computeMs, readMs, totalMs } = line as Record<string, unknown>;
    for (const part of [queueMs, preprocessMs, computeMs, readMs]) {
      assert.ok(Number(part) >= 0 && Number(part) <= Number(totalMs), JSON.stringify(line));
    }
    assert.ok(Number(queueMs) + Number(preprocessMs) + Number(computeMs) <= Number(totalMs) + 0.2);
    const batch = lines.of("clip_o").find(({ message }) => message === "Minibatch computed")!;
    assert.ok(Number(batch.items) >= 1 && Number(batch.ms) > 0);
    assert.ok(["text", "image"].includes(String(batch.modality)));
  });

  await t.step("what the cache knew", async () => {
    await (await post(`${http}/encode`, { data: [{ text: "whisper" }] })).text();
    const line = await next(1);
    assert.equal(line.cached, 1);
    assert.ok(!("computeMs" in line), "nothing was computed");
  });

  await t.step("a URI, and its document that failed", async () => {
    const uri = `http://me:password@127.0.0.1:1/a.png?token=hush`;
    await (await post(`${http}/encode`, { data: [{ id: "d1", uri }] })).text();
    const line = await next(2);
    assert.deepEqual([line.uris, line.failed, line.outcome], [1, 1, "failed"]);
    const [fetched] = lines.of("uri");
    assert.deepEqual([fetched!.from, fetched!.bytes], ["http://127.0.0.1:1", 0]);
    assert.notEqual(fetched!.outcome, "ok");
    const [failed] = lines.of("documents");
    assert.deepEqual([failed!.level, failed!.document], ["INFO", "d1"]);
    assert.match(String(failed!.reason), /^Cannot fetch http:\/\/127\.0\.0\.1:1\/a\.png: /);
  });

  await t.step("what was refused", async () => {
    const data = Array.from({ length: 11 }, () => ({ text: "x" }));
    await (await post(`${http}/encode`, { data })).text();
    const line = await next(3);
    assert.deepEqual([line.message, line.outcome, line.status], ["Refused", "too_large", 413]);
  });

  await t.step("gRPC, one message of a stream", async () => {
    const client = new GrpcClient(url("grpc"));
    const metadata = new Metadata();
    metadata.set("authorization", "Bearer hush");
    await client.call([textRequest(["whisper too"])], metadata);
    client.raw.close();
    const line = await next(4);
    assert.deepEqual([line.protocol, line.client, line.outcome], ["grpc", "127.0.0.1", "ok"]);
    assert.equal(line.texts, 1);
    assert.ok(Number(line.bytesOut) > 0);
  });

  await t.step("WebSocket", async () => {
    const client = await new WsClient(url("websocket"), ["json"]).open();
    client.send(JSON.stringify({ data: [{ text: "whisper three" }], execEndpoint: "/encode" }));
    const line = await next(5);
    assert.deepEqual([line.protocol, line.endpoint, line.client], [
      "websocket",
      "/encode",
      "127.0.0.1",
    ]);
    client.socket.close();
    await client.closed;
  });

  await server.stop(1000);
  const all = lines.texts.join("\n");
  assert.doesNotMatch(all, /hush|password|whisper|Bearer/, "no secret and no text is in the log");
});

Deno.test("access_log tells of every request, pages and what there is not included", async () => {
  const lines = new LogLines("INFO");
  const { server, url } = await startTestServer({
    log: lines.log,
    gateway: ["access_log: true"],
  });
  await (await post(`${url}/post`, { data: [{ text: "x" }] })).text();
  await (await fetch(`${url}/healthz/live?a=b`)).text();
  await (await fetch(`${url}/none`)).text();
  await untilSo(() => lines.of("access").length === 3);
  const told = lines.of("access").map(({ message, status, client }) => [message, status, client]);
  assert.deepEqual(told, [
    ["POST /post", 200, "127.0.0.1"],
    ["GET /healthz/live", 200, "127.0.0.1"],
    ["GET /none", 404, "127.0.0.1"],
  ]);
  assert.deepEqual(lines.of("request"), [], "those are for DEBUG");
  await server.stop(1000);
});

Deno.test("by default a good request leaves no line, a failed document one", async () => {
  const lines = new LogLines("INFO");
  const { server, url } = await startTestServer({ log: lines.log });
  const before = lines.texts.length;
  await (await post(`${url}/post`, { data: [{ text: "x" }] })).text();
  await (await post(`${url}/rank`, { data: [{ id: "lonely", text: "x" }] })).text();
  await (await post(`${url}/post`, {
    data: [{ id: "bad", blob: "AAAA" }],
    parameters: { on_error: "skip" },
  })).text();
  const told = lines.of().slice(before).map(({ message, document }) => [message, document]);
  assert.deepEqual(told, [["Document failed", "lonely"], ["Document failed", "bad"]]);
  await server.stop(1000);
});

Deno.test("/status has one spelling and no folder of the server's", async () => {
  const { server, url } = await startTestServer();
  const status = await (await fetch(`${url}/status`)).json();
  await server.stop(1000);
  const keys = (value: unknown): string[] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => [key, ...keys(inner)])
      : [];
  for (const key of keys(status)) assert.match(key, /^[a-z][a-z0-9_]*$|^JINA_LOG_LEVEL$|^\d+$/);
  const [executor] = status.executors;
  assert.deepEqual([executor.replicas_ready, executor.replicas_busy], [1, 0]);
  assert.doesNotMatch(JSON.stringify(status), /"\/|[ :]\/[a-z]+\//);
  assert.ok(executor.source.length > 0 && !executor.source.includes("/"));
});
