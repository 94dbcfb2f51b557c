/** The rules by which Kubernetes hears of our metrics, as Prometheus computes them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { manifests } from "../../src/deployment/kubernetes/manifests.ts";
import { planFlow } from "../../src/cli/export/plan_flow.ts";
import { METRICS } from "../../src/telemetry/metric_table.ts";
import { ROOT } from "../docs/demo_program.ts";

/** As far as prometheus-adapter reads them (docs/config.md there). */
interface Rule {
  seriesQuery: string;
  resources: { overrides: Record<string, { resource: string }> };
  name?: { as: string };
  metricsQuery: string;
}

const VALUES = Deno.readTextFileSync(join(ROOT, "deploy/prometheus-adapter/values.yaml"));
const RULES: readonly Rule[] = parse(VALUES).rules.custom;

const missing = !hasPromtool();
const ignore = missing && Deno.env.get("CI") !== "true";
if (ignore) {
  const line = "SKIPPED: the rules of the adapter need promtool (Debian's prometheus)\n";
  Deno.stderr.writeSync(new TextEncoder().encode(line));
}

function hasPromtool(): boolean {
  try {
    return new Deno.Command("promtool", { args: ["--version"] }).outputSync().success;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

function series({ seriesQuery }: Rule): string {
  return seriesQuery.slice(0, seriesQuery.indexOf("{"));
}

/** What the metric is called in Kubernetes. */
function nameOf(rule: Rule): string {
  return rule.name?.as ?? series(rule);
}

/** The query that the adapter makes for some pods of a namespace. */
function queryOf(rule: Rule, pods: readonly string[]): string {
  return rule.metricsQuery
    .replaceAll("<<.Series>>", series(rule))
    .replaceAll("<<.LabelMatchers>>", `namespace="clip",pod=~"${pods.join("|")}"`)
    .replaceAll("<<.GroupBy>>", "pod");
}

Deno.test("the adapter has a rule for each metric that the autoscaler asks for", async () => {
  const { plan } = await planFlow("torch-flow.yml", {}, {});
  const scaler = manifests(plan, {}).find(({ object }) =>
    object.kind === "HorizontalPodAutoscaler"
  )!.object as unknown as { spec: { metrics: { pods: { metric: { name: string } } }[] } };
  const asked = scaler.spec.metrics.map(({ pods }) => pods.metric.name);
  assert.deepEqual(RULES.map(nameOf), asked);
  for (const rule of RULES) {
    for (const [name] of `${rule.seriesQuery} ${rule.metricsQuery}`.matchAll(/clipline_\w+/g)) {
      assert.ok(Object.hasOwn(METRICS, name), `${name} is not in metric_table.ts`);
    }
    assert.deepEqual(rule.resources.overrides, {
      namespace: { resource: "namespace" },
      pod: { resource: "pod" },
    });
  }
});

Deno.test({
  name: "Prometheus computes them for each pod, whatever else it is labelled with",
  ignore,
  fn: async () => {
    const at = (name: string, pod: string, more = "") =>
      `${name}{namespace="clip",pod="${pod}",job="clipline"${more}}`;
    const busy = "clipline_replica_busy_seconds_total";
    const input = [
      // Scraped every 15 s, for three minutes. Of "a" there is a second page with the same.
      [at("clipline_queue_seconds", "a", ',endpoint="metrics"'), "0.5+0x12"],
      [at("clipline_queue_seconds", "a", ',endpoint="metrics-2"'), "0.5+0x12"],
      [at("clipline_queue_seconds", "b"), "2+0x12"],
      [at("clipline_queue_seconds", "other"), "9+0x12"],
      [at("clipline_replicas", "a", ',executor="clip"'), "2+0x12"],
      [at("clipline_replicas", "b", ',executor="clip"'), "1+0x12"],
      [at(busy, "a", ',executor="clip",replica="0"'), "0+15x12"],
      [at(busy, "a", ',executor="clip",replica="1"'), "0+6x12"],
      [at(busy, "b", ',executor="clip",replica="0"'), "0+1.5x12"],
    ].map(([series, values]) => ({ series, values }));
    const expected: readonly Record<string, number>[] = [{ a: 0.5, b: 2 }, { a: 0.7, b: 0.1 }];
    const tests = {
      evaluation_interval: "15s",
      tests: [{
        interval: "15s",
        input_series: input,
        promql_expr_test: RULES.map((rule, index) => ({
          expr: queryOf(rule, ["a", "b"]),
          eval_time: "3m",
          exp_samples: Object.entries(expected[index]!).map(([pod, value]) => ({
            labels: `{pod="${pod}"}`,
            value,
          })),
        })),
      }],
    };
    const path = await Deno.makeTempFile({ suffix: ".yml" });
    try {
      await Deno.writeTextFile(path, stringify(tests));
      const { success, stdout, stderr } = await new Deno.Command("promtool", {
        args: ["test", "rules", path],
      }).output();
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assert.ok(success, said);
    } finally {
      await Deno.remove(path);
    }
  },
});
