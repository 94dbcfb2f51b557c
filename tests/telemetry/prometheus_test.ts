/** A real Prometheus reads what the server writes, and both dashboards find their data in it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openMemoryEngine } from "../index/memory_engine.ts";
import { postDocuments, scrape } from "../support/metrics.ts";
import { ownPort } from "../support/own_port.ts";
import { startTestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { ROWS } from "../../tools/monitoring_dashboard.ts";

const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFElEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC";

/** What clip_server's dashboard (docs/_static/cas-grafana.json of clip-as-service) asks for. */
const CLIP_SERVER_QUERIES = [
  ...[
    "jina_receiving_request_seconds",
    "jina_sending_request_seconds",
    "jina_preprocess_texts_seconds",
    "jina_encode_texts_seconds",
    "jina_process_request_seconds",
    "jina_preprocess_images_seconds",
    "jina_encode_images_seconds",
  ].map((name) => `${name}_sum / ${name}_count`),
  "jina_receiving_request_seconds_count{runtime_name=~'gateway.*'}",
  "jina_document_processed_total{runtime_name='$Executor'}",
  "jina_process_request_seconds_count{runtime_name='$Executor'}",
  "jina_process_request_seconds_sum{runtime_name='$Executor'} / " +
  "jina_process_request_seconds_count{runtime_name='$Executor'}",
  "jina_receiving_request_seconds_sum{runtime_name='$Executor'} / " +
  "jina_receiving_request_seconds_count{runtime_name='$Executor'}",
];

async function installed(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" })
      .output()).success;
  } catch {
    return false;
  }
}

// Debian's package `prometheus` has both. The project's own check installs it and must not skip.
const there = await installed("promtool") && await installed("prometheus");
const ignore = !there && Deno.env.get("CI") !== "true";

Deno.test({ name: "a real Prometheus scrapes the server clean", ignore }, async (t) => {
  const { server, url } = await startTestServer({
    gateway: ["monitoring: true", "port_monitoring: 0"],
    executor: ["port_monitoring: 0"],
    encoder: ["cache_size: 1"],
    indexer: ["limit: 3"],
    openIndex: ({ shape }) => openMemoryEngine(shape),
  });
  let request = 0;
  const traffic = async () => {
    await postDocuments(url, [{ text: "same" }, { text: `text ${request++}` }, { blob: PNG }]);
    await postDocuments(url, [{ text: "a", matches: [{ text: "b" }] }], "/rank");
    await postDocuments(url, "not documents");
  };
  await traffic();

  await t.step("promtool finds nothing to complain about", async () => {
    for (const index of [0, 1]) {
      const { text } = await scrape(server, index);
      const child = new Deno.Command("promtool", {
        args: ["check", "metrics"],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(text));
      await writer.close();
      const { code, stdout, stderr } = await child.output();
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assert.deepEqual({ code, said }, { code: 0, said: "" });
    }
  });

  const ports = server.metricsAddresses.map(({ port }) => port);
  const prometheus = await startPrometheus({ gateway: ports[0]!, exec: ports[1]! });
  try {
    await t.step("both pages are scraped without an error", async () => {
      const targets = await until(
        () => prometheus.get("targets"),
        // A scrape may come too late on a busy machine; one that is wrong is wrong every time.
        ({ activeTargets }) =>
          activeTargets.length === 2 &&
          activeTargets.every(({ health }: Target) => health === "up"),
      );
      for (const { lastError } of targets.activeTargets as Target[]) assert.equal(lastError, "");
    });

    await t.step("every panel of the dashboard has data", async () => {
      // A rate needs two scrapes, with something happening in between.
      await traffic();
      await until(
        () => prometheus.query("increase(jina_successful_requests_total[1m]) > 0"),
        (result) => result.length === 2,
      );
      for (const { title, targets } of ROWS.flatMap((row) => row.panels)) {
        for (const { expr } of targets) {
          const result = await prometheus.query(
            expr.replaceAll(/\$(job|executor)/g, ".*").replaceAll("$__rate_interval", "1m"),
          );
          assert.ok(result.length > 0, `${title}: no data for ${expr}`);
        }
      }
    });

    await t.step("clip_server's own dashboard has data", async () => {
      const names = await prometheus.get(
        "label/runtime_name/values?match[]=jina_document_processed_created",
      );
      assert.deepEqual(names, ["clip_o/rep-0"]);
      for (const query of CLIP_SERVER_QUERIES) {
        const result = await prometheus.query(query.replaceAll("$Executor", "clip_o/rep-0"));
        assert.ok(result.length > 0, `no data for ${query}`);
        for (const { value } of result) assert.ok(Number(value[1]) > 0, query);
      }
      // The legends by which it computes the shares of the stages.
      const legends = await prometheus.query("jina_receiving_request_seconds_count");
      const jobs = legends.map(({ metric }) => metric.job).sort();
      assert.deepEqual(jobs, ["exec", "gateway"]);
    });
  } finally {
    // In this order: a scraper that keeps its connection does not hold the server up.
    await server.stop(5000);
    await prometheus.stop();
  }
});

interface Target {
  health: string;
  lastError: string;
}

interface Sample {
  metric: Record<string, string>;
  value: [time: number, value: string];
}

/** Runs Prometheus over jobs, each a port of this machine. */
async function startPrometheus(jobs: Record<string, number>) {
  const folder = await Deno.makeTempDir({ prefix: "clipline-prometheus-" });
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: Object.entries(jobs).map(([job_name, port]) => ({
      job_name,
      static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    })),
  };
  const configFile = join(folder, "prometheus.yml");
  await Deno.writeTextFile(configFile, JSON.stringify(config));
  const port = await ownPort();
  const child = new Deno.Command("prometheus", {
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  child.status.then(() => ended = true);
  const base = `http://127.0.0.1:${port}`;
  await until(async () => {
    assert.ok(!ended, "prometheus has ended");
    const response = await fetch(`${base}/-/ready`).catch(() => undefined);
    await response?.body?.cancel();
    return response?.status;
  }, (status) => status === 200);
  const get = async (path: string) => {
    const response = await fetch(`${base}/api/v1/${path}`);
    const { status, data, error } = await response.json();
    assert.equal(status, "success", `${path}: ${error}`);
    return data;
  };
  return {
    get,
    query: async (expr: string): Promise<Sample[]> =>
      (await get(`query?query=${encodeURIComponent(expr)}`)).result,
    stop: async () => {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}
