import assert from "node:assert/strict";
import { indexLog } from "../../src/telemetry/index_log.ts";
import { type IndexerState, indexMetrics, watchIndex } from "../../src/telemetry/index_metrics.ts";
import {
  type IndexObserver,
  NO_INDEX_OBSERVER,
  observeIndexBoth,
} from "../../src/telemetry/index_observer.ts";
import { Log } from "../../src/telemetry/log.ts";
import { MetricSet } from "../../src/telemetry/metric_set.ts";
import { MetricsPage } from "../support/metrics.ts";

const read = async (set: MetricSet) => new MetricsPage(await set.text());

Deno.test("indexMetrics() measures what is done, and counts what fails by no fault of the request", async () => {
  const set = new MetricSet();
  const observer = indexMetrics(set, "a");
  observer.done("search", 3, 20);
  observer.done("search", 1, 30);
  observer.failed("index", "unavailable", 5);
  observer.failed("search", "invalid", 5);
  const page = await read(set);
  const search = { executor: "a", operation: "search" };
  assert.equal(page.get("clipline_index_operation_seconds_count", search), 2);
  assert.equal(page.get("clipline_index_operation_seconds_sum", search), 0.05);
  const index = { executor: "a", operation: "index" };
  assert.equal(page.get("clipline_index_operation_seconds_count", index), 0);
  const failures = (reason: string) =>
    page.get("clipline_index_failures_total", { executor: "a", reason });
  assert.equal(failures("unavailable"), 1);
  assert.equal(failures("overloaded"), 0);
  assert.equal(failures("invalid"), undefined);
});

Deno.test("watchIndex() shows the state of the moment, and the last one known", async () => {
  const set = new MetricSet();
  let state: IndexerState | undefined = { documents: 5, pending: 2, waiting: 1 };
  watchIndex(set, "a", () => Promise.resolve(state));
  const first = await read(set);
  assert.equal(first.get("clipline_index_documents", { executor: "a" }), 5);
  assert.equal(first.get("clipline_index_pending", { executor: "a" }), 2);
  assert.equal(first.get("clipline_index_waiting", { executor: "a" }), 1);
  state = undefined;
  assert.equal((await read(set)).get("clipline_index_documents", { executor: "a" }), 5);
});

Deno.test("indexLog() writes a line for each operation, at DEBUG", () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line.replace(/^\S+ /, ""));
  const options = { json: false, color: false, write };
  assert.equal(indexLog(new Log("index", { ...options, level: "INFO" })), NO_INDEX_OBSERVER);
  const observer = indexLog(new Log("index", { ...options, level: "DEBUG" }));
  observer.done("search", 3, 1.26);
  observer.failed("index", "unavailable", 5);
  assert.deepEqual(lines, [
    "DEBUG   index: Index operation done operation=search items=3 ms=1.3",
    "DEBUG   index: Index operation failed operation=index kind=unavailable ms=5",
  ]);
});

Deno.test("observeIndexBoth() tells both, and passes over one that looks away", () => {
  const told: string[] = [];
  const one = (name: string): IndexObserver => ({
    done: (operation) => told.push(`${name} ${operation}`),
    failed: (operation) => told.push(`${name} not ${operation}`),
  });
  const both = observeIndexBoth(one("a"), one("b"));
  both.done("get", 1, 1);
  both.failed("get", "backend", 1);
  assert.deepEqual(told, ["a get", "b get", "a not get", "b not get"]);
  const alone = one("c");
  assert.equal(observeIndexBoth(NO_INDEX_OBSERVER, alone), alone);
  assert.equal(observeIndexBoth(alone, NO_INDEX_OBSERVER), alone);
});
