import assert from "node:assert/strict";
import { type MetricDefinition, METRICS } from "../../src/telemetry/metric_table.ts";
import { MetricSet } from "../../src/telemetry/metric_set.ts";
import { generatedMonitoringFiles } from "../../tools/generate_monitoring_docs.ts";
import { ROWS } from "../../tools/monitoring_dashboard.ts";

const table = Object.entries<MetricDefinition>(METRICS);

Deno.test("METRICS keep to Prometheus' rules for names", () => {
  for (const [name, { type, help, labels, buckets }] of table) {
    assert.match(name, /^(clipline|jina|process)_[a-z_]+[a-z]$/, name);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.match(help, /^[A-Z1].*[^.]$/, name);
    assert.equal(new Set(labels).size, labels.length, name);
    assert.equal(buckets !== undefined, type === "histogram", name);
    const sorted = [...buckets ?? []].sort((a, b) => a - b);
    assert.deepEqual([...new Set(sorted)], [...buckets ?? []], name);
  }
});

Deno.test("MetricSet throws for labels that are not in the table, and has none without values", async () => {
  const set = new MetricSet();
  const loose = set.counter("clipline_merged_items_total") as unknown as {
    inc(labels: Record<string, string>): void;
  };
  assert.throws(() => loose.inc({ document: "1" }), /document/);
  assert.equal((await set.text()).includes("clipline_merged_items_total{"), false);
});

Deno.test("MetricSet writes summaries as Python's client does: sum and count, no quantiles", async () => {
  const set = new MetricSet();
  for (let i = 1; i <= 200; i++) {
    set.summary("jina_encode_texts_seconds").observe({ runtime_name: "a/rep-0" }, i);
  }
  const lines = (await set.text()).trim().split("\n").filter((line) => !line.startsWith("# HELP"));
  assert.deepEqual(lines, [
    "# TYPE jina_encode_texts_seconds summary",
    'jina_encode_texts_seconds_sum{runtime_name="a/rep-0"} 20100',
    'jina_encode_texts_seconds_count{runtime_name="a/rep-0"} 200',
  ]);
});

Deno.test("MetricSet calls what refreshes states at every scrape", async () => {
  const set = new MetricSet();
  let replicas = 0;
  set.onScrape(() => set.gauge("clipline_replicas").set({ executor: "a" }, ++replicas));
  assert.match(await set.text(), /clipline_replicas\{executor="a"\} 1\n/);
  assert.match(await set.text(), /clipline_replicas\{executor="a"\} 2\n/);
});

Deno.test("generatedMonitoringFiles() are in the project as they should be", () => {
  for (const { path, content } of generatedMonitoringFiles()) {
    assert.equal(
      Deno.readTextFileSync(path),
      content,
      `${path} is out of date: run deno run -A tools/generate_monitoring_docs.ts`,
    );
  }
});

Deno.test("docs/monitoring.md names every metric, and no others", () => {
  const text = generatedMonitoringFiles()[0]!.content;
  for (const [name] of table) assert.ok(text.includes(`| \`${name}\` |`), name);
  // Named because they are not there.
  const absent = new Set(["jina_sent_request_bytes", "jina_received_response_bytes"]);
  for (const [name] of text.matchAll(/\b(clipline|jina|process)_[a-z_]*[a-z]\b/g)) {
    if (absent.has(name)) continue;
    assert.ok(known(name), `docs/monitoring.md names '${name}', which does not exist`);
  }
});

Deno.test("the Grafana dashboard asks only for metrics and labels that exist", () => {
  let asked = 0;
  for (const { title, expr } of panels()) {
    for (
      const [, name, selector] of expr.matchAll(/\b((?:clipline|jina|process)_\w+)(\{[^}]*\})?/g)
    ) {
      asked++;
      const metric = known(name!);
      assert.ok(metric, `${title}: there is no ${name}`);
      for (const [, label] of (selector ?? "").matchAll(/(\w+)(?:=~|!=|=)"/g)) {
        assert.ok(label === "job" || metric.labels.includes(label!), `${title}: ${name}{${label}}`);
      }
    }
    for (const [, list] of expr.matchAll(/by \(([^)]*)\)/g)) {
      for (const label of list!.split(", ").filter((one) => one !== "le")) {
        assert.ok(table.some(([, { labels }]) => labels.includes(label)), `${title}: by ${label}`);
      }
    }
  }
  assert.ok(asked > 50);
});

function panels() {
  return ROWS.flatMap((row) =>
    row.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })))
  );
}

/** The metric that a sample's name belongs to. */
function known(sample: string): MetricDefinition | undefined {
  const metrics: Record<string, MetricDefinition> = METRICS;
  if (metrics[sample]) return metrics[sample];
  const base = /^(.*)_(sum|count|bucket)$/.exec(sample);
  const metric = base ? metrics[base[1]!] : undefined;
  if (!metric) return undefined;
  const fits = metric.type === "histogram" || metric.type === "summary" && base![2] !== "bucket";
  return fits ? metric : undefined;
}
