// deno-lint-ignore-file no-console -- a command-line program
/**
 * What tracing one request costs, without the server around it: requests are recorded as the engine
 * would, drawn, written by OpenTelemetry's exporter and sent to a process that takes everything. Told
 * is CPU time of all threads, of the quietest rounds; the ways take turns.
 *
 *     deno run -A bench/tracing/request.ts [--rounds 60]
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { NO_REQUEST_OBSERVER, type RequestObserver } from "../../src/telemetry/request_observer.ts";
import { DEFAULT_LIMITS } from "../../src/telemetry/tracing/attribute_limits.ts";
import { DeferredDrawing } from "../../src/telemetry/tracing/deferred_drawing.ts";
import { ownResource } from "../../src/telemetry/tracing/resource.ts";
import { samplerOf } from "../../src/telemetry/tracing/sampler.ts";
import { chooseTracing } from "../../src/telemetry/tracing/settings.ts";
import { startTracing, type Tracing } from "../../src/telemetry/tracing/start.ts";
import { tracedRequests } from "../../src/telemetry/tracing/traced_requests.ts";
import { markdownTable } from "../page.ts";
import { quietCost } from "./quiet.ts";
import { threadSeconds } from "./thread_seconds.ts";

/** Of a round: some hundredths of a second, in which a busy machine may be quiet. */
const REQUESTS = 2048;
/** Between two turns of the event loop. */
const AT_ONCE = 64;
/** In which code is compiled. */
const UNHEARD = 8;

const CALLER = {
  peer: { address: "127.0.0.1", host: "127.0.0.1" },
  method: "POST",
  path: "/encode",
  route: "/encode",
  header: () => undefined,
};

/** One text that was computed, with all spans that there are of it. */
function request(observer: RequestObserver): void {
  const began = performance.now();
  const watch = observer.arrived("http", CALLER, began);
  watch.trace?.stage("admission", began);
  watch.read("/encode", 1, 120);
  const encoding = watch.trace?.encoding("bench", "free", 1);
  if (encoding !== undefined) {
    encoding.item("text");
    encoding.miss();
    const now = performance.now();
    encoding.computed({ queueMs: 3, preprocessMs: 0.3, computeMs: 2.2 }, {
      item: { modality: "text" },
      arrivedAt: now - 8,
      preparedAt: now - 6,
      prepareMs: 0.3,
      computedAt: now - 1,
      computeMs: 2.2,
      replica: 0,
      minibatch: 3,
      fill: 3 / 32,
    });
    encoding.encoded();
  }
  watch.answered("ok", 6000, 200);
}

/** CPU microseconds for a request. */
async function round(observer: RequestObserver): Promise<number> {
  const before = threadSeconds(Deno.pid).all;
  for (let done = 0; done < REQUESTS; done += AT_ONCE) {
    for (let i = 0; i < AT_ONCE; i++) request(observer);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return 1e6 * (threadSeconds(Deno.pid).all - before) / REQUESTS;
}

/** A process that takes spans, and its address. */
async function startSink(): Promise<{ url: string; child: Deno.ChildProcess }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", fileURLToPath(import.meta.url), "--sink"],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return { url: new TextDecoder().decode(value).trim(), child };
}

async function takeAll(): Promise<void> {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
  }, async (sent) => {
    await sent.arrayBuffer();
    return new Response();
  });
  await server.finished;
}

/** One that records and draws, and hands the spans to nobody. */
function drawn(): RequestObserver {
  const { resource } = ownResource({});
  const drawing = new DeferredDrawing({
    resource,
    processor: { onEnd() {} },
    limits: DEFAULT_LIMITS,
  });
  return tracedRequests({
    sampler: samplerOf({ sampler: "always_on", ratio: 1 }),
    ended: (record, ended) => drawing.add(record, ended),
    propagate: true,
  });
}

function sent(url: string, env: Record<string, string>): Promise<Tracing> {
  const { settings } = chooseTracing({ wanted: null, host: null, port: null }, {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_BSP_MAX_QUEUE_SIZE: "100000",
    ...env,
  });
  return startTracing(settings!, SILENT_LOG);
}

async function measure(rounds: number): Promise<void> {
  const { url, child } = await startSink();
  const off = await sent(url, { OTEL_TRACES_SAMPLER: "always_off" });
  const json = await sent(url, { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" });
  const protobuf = await sent(url, { OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" });
  const sides = ([
    ["without tracing", NO_REQUEST_OBSERVER],
    ["not sampled", off.observer],
    ["sampled: recorded and drawn", drawn()],
    ["sampled: and sent in JSON", json.observer],
    ["sampled: and sent in protobuf", protobuf.observer],
  ] as const).map(([name, observer]) => ({ name, observer, costs: [] as number[] }));
  try {
    for (let turn = -UNHEARD; turn < rounds; turn++) {
      for (const { observer, costs } of sides) {
        const cost = await round(observer);
        if (turn >= 0) costs.push(cost);
      }
    }
    console.log(markdownTable(
      ["A request of one text", "CPU µs"],
      sides.map(({ name, costs }) => [name, quietCost(costs).toFixed(1)]),
      (column) => column === 0 ? "---" : "--:",
    ));
    for (const tracing of [off, json, protobuf]) await tracing.close(10_000);
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      rounds: { type: "string", default: "60" },
      sink: { type: "boolean", default: false },
    },
  });
  await (values.sink ? takeAll() : measure(Number(values.rounds)));
}
