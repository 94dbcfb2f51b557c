import assert from "node:assert/strict";
import { engineMetrics, watchEngine } from "../../src/telemetry/engine_metrics.ts";
import { MetricSet } from "../../src/telemetry/metric_set.ts";
import { watchProcess } from "../../src/telemetry/process_metrics.ts";
import { MetricsPage } from "../support/metrics.ts";

const read = async (set: MetricSet) => new MetricsPage(await set.text());

Deno.test("engineMetrics() counts every event under its executor, in seconds", async () => {
  const set = new MetricSet();
  const a = engineMetrics(set, "a");
  const b = engineMetrics(set, "b");
  a.prepared("text", 32, 20);
  a.prepared("image", 1, 8);
  a.computed(1, "text", 4, 0.5, 0.25, 250);
  a.computed(1, "image", 8, 1, 0, 750);
  a.waited("image", 40);
  a.rejected(5, "wait");
  a.cached(true);
  a.cached(false);
  a.cached(false);
  a.merged();
  a.restarted("preprocessor");
  b.merged();
  const page = await read(set);
  const text = { executor: "a", modality: "text" };
  const image = { executor: "a", modality: "image" };
  const expected: [string, Record<string, string | number>, number | undefined][] = [
    ["clipline_preprocess_seconds_sum", text, 0.02],
    ["clipline_preprocessed_items_total", text, 32],
    ["clipline_preprocessed_items_total", image, 1],
    ["clipline_compute_seconds_sum", image, 0.75],
    ["clipline_embeddings_total", text, 4],
    ["clipline_embeddings_total", image, 8],
    ["clipline_batch_items_sum", image, 8],
    ["clipline_batch_fill_ratio_sum", text, 0.5],
    ["clipline_text_padding_ratio_sum", { executor: "a" }, 0.25],
    ["clipline_text_padding_ratio_count", { executor: "a" }, 1],
    ["clipline_replica_busy_seconds_total", { executor: "a", replica: 1 }, 1],
    ["clipline_wait_seconds_sum", image, 0.04],
    ["clipline_wait_seconds_count", text, undefined],
    ["clipline_rejected_items_total", { executor: "a", reason: "wait" }, 5],
    ["clipline_cache_lookups_total", { executor: "a", result: "hit" }, 1],
    ["clipline_cache_lookups_total", { executor: "a", result: "miss" }, 2],
    ["clipline_merged_items_total", { executor: "a" }, 1],
    ["clipline_merged_items_total", { executor: "b" }, 1],
    ["clipline_worker_restarts_total", { executor: "a", kind: "preprocessor" }, 1],
    ["clipline_worker_restarts_total", { executor: "a", kind: "replica" }, 0],
    ["clipline_embeddings_total", { executor: "b", modality: "text" }, 0],
    ["jina_preprocess_texts_seconds_sum", { runtime_name: "a/rep-0" }, 0.02],
    ["jina_encode_texts_seconds_sum", { runtime_name: "a/rep-1" }, 0.25],
    ["jina_encode_images_seconds_count", { runtime_name: "a/rep-1" }, 1],
  ];
  for (const [name, labels, value] of expected) {
    assert.equal(page.get(name, labels), value, `${name} ${JSON.stringify(labels)}`);
  }
});

Deno.test("watchEngine() shows the state of the moment", async () => {
  const set = new MetricSet();
  const state = {
    waiting: { text: 3, image: 4 },
    running: 5,
    heldBytes: 600,
    replicas: 2,
    replicasReady: 2,
    replicasBusy: 1,
    expectedWaitMs: { text: 250, image: 0 },
    restarts: 0,
    embedded: { text: 0, image: 0 },
    minibatches: 0,
    maxQueue: 100,
    minibatchSize: 32,
  };
  const facts = { model: "ViT-B-32::openai", runtime: "torch", provider: "cpu", dtype: "fp32" };
  watchEngine(set, "a", facts, () => state);
  const first = await read(set);
  assert.equal(first.get("clipline_executor_info", { executor: "a", ...facts }), 1);
  assert.equal(first.get("clipline_queue_items", { executor: "a", modality: "image" }), 4);
  assert.equal(first.get("clipline_running_items", { executor: "a" }), 5);
  assert.equal(first.get("clipline_held_bytes", { executor: "a" }), 600);
  assert.equal(first.get("clipline_replicas", { executor: "a" }), 2);
  assert.equal(first.get("clipline_replicas_busy", { executor: "a" }), 1);
  assert.equal(first.get("clipline_replica_busy_seconds_total", { executor: "a", replica: 1 }), 0);
  state.replicasReady = 1;
  assert.equal((await read(set)).get("clipline_replicas_ready", { executor: "a" }), 1);
});

Deno.test("watchProcess() shows memory and CPU time, and leaves no timer", async () => {
  const set = new MetricSet();
  const stop = watchProcess(set);
  const first = await read(set);
  const rss = first.get("process_resident_memory_bytes")!;
  assert.ok(rss > 2 ** 20 && Math.abs(rss - Deno.memoryUsage().rss) < rss, String(rss));
  const started = first.get("process_start_time_seconds")!;
  assert.ok(Math.abs(started * 1000 - performance.timeOrigin) < 1);
  const cpu = first.get("process_cpu_seconds_total")!;
  assert.ok(cpu > 0);
  assert.ok((await read(set)).get("process_cpu_seconds_total")! >= cpu);
  stop();
});
