import assert from "node:assert/strict";
import { indexLog } from "../../src/telemetry/index_log.ts";
import { type IndexerState, indexMetrics, watchIndex } from "../../src/telemetry/index_metrics.ts";
import {
  type IndexObserver,
  NO_INDEX_OBSERVER,
  observeIndexBoth,
} from "../../src/telemetry/index_observer.ts";
import { Log, type LogLevel } from "../../src/telemetry/log.ts";
import { MetricSet } from "../../src/telemetry/metric_set.ts";
import { MetricsPage } from "../support/metrics.ts";

const read = async (set: MetricSet) => new MetricsPage(await set.text());

Deno.test("indexMetrics() measures what is done, and counts what fails by no fault of the request", async () => {
  const set = new MetricSet();
  const observer = indexMetrics(set, "a");
  observer.done("search", 3, 20);
  observer.done("search", 1, 30);
  observer.failed("index", "unavailable", 5, "full");
  observer.failed("search", "invalid", 5, "no");
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

function logged(level: LogLevel) {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line.replace(/^\S+ /, ""));
  return {
    lines,
    observer: indexLog(new Log("index", { json: false, color: false, write, level })),
  };
}

Deno.test("indexLog() writes a line for each operation, at DEBUG", () => {
  const { lines, observer } = logged("DEBUG");
  observer.done("search", 3, 1.26);
  observer.failed("index", "invalid", 5, "no");
  assert.deepEqual(lines, [
    "DEBUG   index: Index operation done operation=search items=3 ms=1.3",
    "DEBUG   index: Index operation failed operation=index kind=invalid ms=5",
  ]);
});

Deno.test("indexLog() tells once that a kind of operation fails, and when it works again", () => {
  const { lines, observer } = logged("INFO");
  observer.done("index", 3, 1);
  observer.failed("index", "invalid", 1, "a document's own fault");
  observer.failed("index", "overloaded", 1, "too much waits");
  for (let i = 0; i < 3; i++) observer.failed("index", "unavailable", 1, "the disk is full");
  observer.done("search", 1, 1);
  observer.done("index", 1, 1);
  observer.done("index", 1, 1);
  observer.failed("index", "backend", 1, "full again");
  assert.deepEqual(lines, [
    'WARNING index: The index fails operation=index reason="the disk is full"',
    "INFO    index: The index works again operation=index",
    'WARNING index: The index fails operation=index reason="full again"',
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
  both.failed("get", "backend", 1, "no");
  assert.deepEqual(told, ["a get", "b get", "a not get", "b not get"]);
  const alone = one("c");
  assert.equal(observeIndexBoth(NO_INDEX_OBSERVER, alone), alone);
  assert.equal(observeIndexBoth(alone, NO_INDEX_OBSERVER), alone);
});
