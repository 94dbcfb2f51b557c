import assert from "node:assert/strict";
import { EndpointLabels } from "../../src/telemetry/endpoint_label.ts";
import { MetricSet } from "../../src/telemetry/metric_set.ts";
import { requestMetrics } from "../../src/telemetry/request_metrics.ts";
import { MetricsPage } from "../support/metrics.ts";

const GATEWAY = { runtime_name: "gateway/rep-0" };
const EXECUTOR = { runtime_name: "clip_t/rep-0" };

function observe() {
  const gateway = new MetricSet();
  const executor = new MetricSet();
  const observer = requestMetrics({
    gateway,
    executors: new Map([["clip_t", executor]]),
    endpoints: new EndpointLabels(),
    protocols: ["http", "grpc"],
  });
  const pages = async () => ({
    gateway: new MetricsPage(await gateway.text()),
    executor: new MetricsPage(await executor.text()),
  });
  return { observer, pages };
}

Deno.test("requests with an API key are counted by its name, with the documents that were answered", async () => {
  const { observer, pages } = observe();
  const caller = { peer: { address: "192.0.2.1" }, key: "search" };
  for (const outcome of ["ok", "failed", "rate_limited", "cancelled"] as const) {
    const watch = observer.arrived("http", caller);
    watch.read("/encode", 3, 500);
    watch.answered(outcome, 1);
  }
  observer.arrived("http", { peer: caller.peer }).answered("unauthenticated", 0);
  const { gateway } = await pages();
  const ofKey = (name: string, labels = {}) => gateway.get(name, { key: "search", ...labels });
  assert.equal(ofKey("clipline_key_requests_total", { outcome: "ok" }), 1);
  assert.equal(ofKey("clipline_key_requests_total", { outcome: "rate_limited" }), 1);
  assert.equal(ofKey("clipline_key_documents_total"), 6);
  assert.equal(ofKey("clipline_key_refused_total"), 1);
  assert.equal(gateway.samples.filter((name) => name.startsWith("clipline_key_")).length, 6);
});

Deno.test("a request is in flight until it is answered, and is answered once", async () => {
  const { observer, pages } = observe();
  const watch = observer.arrived("grpc");
  watch.read("/rank", 3, 500);
  let { gateway } = await pages();
  assert.equal(gateway.get("clipline_requests_in_flight", { protocol: "grpc" }), 1);
  assert.equal(gateway.get("clipline_requests_in_flight", { protocol: "http" }), 0);
  assert.equal(gateway.get("jina_number_of_pending_requests", GATEWAY), 1);
  assert.equal(gateway.get("jina_received_request_bytes_sum", GATEWAY), 500);

  watch.answered("ok", 900);
  watch.answered("cancelled", 0);
  ({ gateway } = await pages());
  const labels = { protocol: "grpc", endpoint: "/rank" };
  assert.equal(gateway.get("clipline_requests_total", { ...labels, outcome: "ok" }), 1);
  assert.equal(
    gateway.get("clipline_requests_total", { ...labels, outcome: "cancelled" }),
    undefined,
  );
  assert.equal(gateway.get("clipline_request_seconds_count", labels), 1);
  assert.equal(gateway.get("clipline_request_documents_total", labels), 3);
  assert.equal(gateway.get("clipline_requests_in_flight", { protocol: "grpc" }), 0);
  assert.equal(gateway.get("clipline_request_bytes_total", { protocol: "grpc" }), 500);
  assert.equal(gateway.get("clipline_response_bytes_total", { protocol: "grpc" }), 900);
  assert.equal(gateway.get("jina_number_of_pending_requests", GATEWAY), 0);
  assert.equal(gateway.get("jina_successful_requests_total", GATEWAY), 1);
  assert.equal(gateway.get("jina_failed_requests_total", GATEWAY), 0);
  assert.equal(gateway.get("jina_receiving_request_seconds_count", GATEWAY), 1);
  assert.equal(gateway.get("jina_sent_response_bytes_sum", GATEWAY), 900);
});

Deno.test("a request that is refused before it is read counts as unread", async () => {
  const { observer, pages } = observe();
  observer.arrived("http").answered("overloaded", 0);
  const { gateway } = await pages();
  const labels = { protocol: "http", endpoint: "unread", outcome: "overloaded" };
  assert.equal(gateway.get("clipline_requests_total", labels), 1);
  assert.equal(gateway.get("jina_failed_requests_total", GATEWAY), 1);
  assert.equal(gateway.get("jina_receiving_request_seconds_count", GATEWAY), undefined);
});

Deno.test("what executors served is on their own page, under Jina's names", async () => {
  const { observer, pages } = observe();
  const before = Date.now() / 1000;
  observer.served("clip_t", "/encode/ViT-B-32", "ok", 2, 1500);
  observer.served("clip_t", "/rank", "ok", 1, 500);
  observer.served("clip_t", "/", "failed", 7, 100);
  observer.served("another", "/", "ok", 7, 100);
  const { gateway, executor } = await pages();
  assert.equal(executor.get("jina_successful_requests_total", EXECUTOR), 2);
  assert.equal(executor.get("jina_failed_requests_total", EXECUTOR), 1);
  assert.equal(executor.get("jina_receiving_request_seconds_sum", EXECUTOR), 2);
  const at = (executor_endpoint: string) => ({
    executor: "CLIPEncoder",
    executor_endpoint,
    ...EXECUTOR,
  });
  assert.equal(executor.get("jina_document_processed_total", at("/encode")), 2);
  assert.equal(executor.get("jina_document_processed_total", at("/")), undefined);
  assert.ok(executor.get("jina_document_processed_created", at("/rank"))! >= before);
  assert.equal(executor.get("jina_process_request_seconds_sum", at("/default")), 1.5);
  assert.equal(executor.get("jina_process_request_seconds_sum", at("/rank")), 0.5);
  assert.equal(gateway.get("jina_sending_request_seconds_count", GATEWAY), 3);
  assert.equal(gateway.get("jina_successful_requests_total", EXECUTOR), undefined);
});
