// deno-lint-ignore-file no-console -- a command-line program
/**
 * What sampled requests cost more than others, within one server: clients say of each request whether
 * it is traced, and rounds with none, a tenth and all of them take turns. So the server's luck, by which
 * one process is quicker than the next all its life, is the same for all three. Ratios are the median of
 * those of rounds next to each other. Spans leave when they fill a batch, so only rounds that make some
 * pay for it, each for its share.
 *
 *     deno run -A bench/tracing/one_server.ts [--model free|demo|vit-b32] [--rounds 200]
 *                                             [--seconds 0.15] [--protocol http/protobuf]
 *                                             [--write]
 *
 * `--write` puts the table into docs/tracing.md.
 */
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Driven } from "../gateway/drive.ts";
import type { Case } from "../gateway/requests.ts";
import { markdownTable, writeMeasured } from "../page.ts";
import { JsonProcess } from "../serving/json_process.ts";
import type { Served } from "../serving/served.ts";
import { pairedRatio, quietCost, ratioText } from "./quiet.ts";
import { starterOf } from "./starters.ts";
import { threadSeconds } from "./thread_seconds.ts";

const PAGE = new URL("../../docs/tracing.md", import.meta.url);

const LOAD: Case = { kind: "text", batch: 1, underWay: 16 };
const SHARES = [
  { name: "none", sampled: 0 },
  { name: "a tenth", sampled: 1 },
  { name: "all", sampled: 10 },
];
/** In which the spans of a round that fill a batch are on their way. */
const PAUSE_MS = 30;
/** Rounds in which code is compiled. */
const UNHEARD = 24;

interface Costs {
  all: number[];
  main: number[];
}

async function round(
  served: Served,
  clients: JsonProcess,
  seconds: number,
  sampled: number,
  costs: Costs,
): Promise<void> {
  const port = Number(served.addresses.http!.split(":")[1]);
  const before = threadSeconds(served.pid);
  const task = { protocol: "http", port, load: LOAD, seconds, sampled };
  const { requests } = await clients.ask<Driven>(task);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  const after = threadSeconds(served.pid);
  costs.all.push(1e6 * (after.all - before.all) / requests);
  costs.main.push(1e6 * (after.main - before.main) / requests);
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      model: { type: "string", default: "demo" },
      rounds: { type: "string", default: "200" },
      seconds: { type: "string", default: "0.15" },
      protocol: { type: "string", default: "http/protobuf" },
      write: { type: "boolean", default: false },
    },
  });
  const sink = new Worker(new URL("./sink_worker.ts", import.meta.url), { type: "module" });
  const port = await new Promise<number>((resolve) => {
    sink.onmessage = ({ data }) => resolve(data);
  });
  const start = await starterOf(values.model);
  const served = await start(new URL("../../main.ts", import.meta.url).pathname, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: values.protocol,
    OTEL_TRACES_SAMPLER: "parentbased_always_off",
  }, ["http"]);
  const clients = new JsonProcess(new URL("../gateway/client_step.ts", import.meta.url));
  const costs = SHARES.map((): Costs => ({ all: [], main: [] }));
  try {
    for (let turn = -UNHEARD; turn < Number(values.rounds); turn++) {
      for (let i = 0; i < SHARES.length; i++) {
        const place = (turn + UNHEARD + i) % SHARES.length;
        const heard = turn < 0 ? { all: [], main: [] } : costs[place]!;
        await round(served, clients, Number(values.seconds), SHARES[place]!.sampled, heard);
      }
    }
  } finally {
    await clients.close();
    await served.stop();
    sink.terminate();
  }
  const table = markdownTable(
    ["Sampled", "CPU µs a request", "Ratio (95 %)", "Of them the main thread", "Ratio (95 %)"],
    SHARES.map(({ name }, i) => [
      name,
      quietCost(costs[i]!.all).toFixed(0),
      ratioText(pairedRatio(costs[i]!.all, costs[0]!.all)),
      quietCost(costs[i]!.main).toFixed(0),
      ratioText(pairedRatio(costs[i]!.main, costs[0]!.main)),
    ]),
    (column) => column === 0 ? "---" : "--:",
  );
  const words = Deno.args.filter((word) => word !== "--write").join(" ");
  const text = [
    table,
    `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Deno ` +
    `${Deno.version.deno}, ${new Date().toISOString().slice(0, 10)}; ${values.rounds} rounds of ` +
    `${values.seconds} s. Command: \`deno run -A bench/tracing/one_server.ts ${words}`.trimEnd() +
    "`",
  ].join("\n\n");
  console.log(text);
  if (values.write) await writeMeasured(PAGE, `tracing-sampled-${values.model}`, text);
}
