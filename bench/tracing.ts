// deno-lint-ignore-file no-console -- a command-line program
/**
 * What tracing costs. Four servers take turns: an earlier commit that has no tracing, this tree with
 * tracing off, on for a tenth of the requests, and on for all. Told is the CPU time of the server for
 * a request in the quiet rounds, as the machine may be busy with something else, and the ratio to the
 * first. One process is quicker than the next by some hundredths, all its life: so each is started some
 * times.
 *
 *     deno task bench:tracing [--quick] [--model free|demo|vit-b32] [--protocols http,grpc,websocket]
 *                             [--baseline COMMIT] [--starts 3] [--rounds 30] [--seconds 0.25]
 *                             [--write]
 *
 * What a request costs without a server around it: bench/tracing/request.ts. What a sampled one costs
 * more than one that is not, within one server: bench/tracing/one_server.ts.
 *
 * Before the `free` model, which computes nothing, requests are all there is; `demo` is the one that
 * comes with the project, and `vit-b32` has the shapes of CLIP's smallest. `--write` puts the table into docs/tracing.md.
 */
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { layOut } from "./gateway/baseline.ts";
import type { DriveTask } from "./gateway/client_step.ts";
import type { Driven } from "./gateway/drive.ts";
import type { Case, GatewayProtocol } from "./gateway/requests.ts";
import { markdownTable, writeMeasured } from "./page.ts";
import { JsonProcess } from "./serving/json_process.ts";
import type { Served } from "./serving/served.ts";
import { quietCost, quietRatio, ratioText } from "./tracing/quiet.ts";
import { starterOf } from "./tracing/starters.ts";
import { threadSeconds } from "./tracing/thread_seconds.ts";

/** The last commit without tracing. */
const BASELINE = "15fad1a";
const HERE = fileURLToPath(new URL("../main.ts", import.meta.url));
const PAGE = new URL("../docs/tracing.md", import.meta.url);

const CASES: readonly Case[] = [
  { kind: "text", batch: 1, underWay: 16 },
  { kind: "text", batch: 32, underWay: 4 },
];
/** In which code is compiled, of what one request in ten comes to too; before the rounds of a case. */
const WARM_UP_SECONDS = 4;

/** How tracing is set. */
interface Side {
  name: string;
  main: string;
  env: Record<string, string>;
}

/** What the rounds of a side have cost in a case: CPU microseconds for a request. */
interface Costs {
  all: number[];
  main: number[];
}

async function round(
  served: Served,
  costs: Costs,
  clients: JsonProcess,
  task: Omit<DriveTask, "port">,
): Promise<void> {
  const port = Number(served.addresses[task.protocol]!.split(":")[1]);
  const before = threadSeconds(served.pid);
  const { requests } = await clients.ask<Driven>({ ...task, port });
  const after = threadSeconds(served.pid);
  costs.all.push(1e6 * (after.all - before.all) / requests);
  costs.main.push(1e6 * (after.main - before.main) / requests);
}

/** All rounds of a case with servers of one start, each in every place of the order. */
async function measure(
  servers: readonly Served[],
  costs: readonly Costs[],
  clients: JsonProcess,
  protocol: GatewayProtocol,
  load: Case,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<void> {
  // By turns too: a server that had to wait for the others' would be cold again.
  const unheard = Math.ceil(WARM_UP_SECONDS / seconds);
  for (let turn = -unheard; turn < rounds; turn++) {
    for (let i = 0; i < servers.length; i++) {
      const place = (turn + unheard + i) % servers.length;
      const heard = turn < 0 ? { all: [], main: [] } : costs[place]!;
      await round(servers[place]!, heard, clients, { protocol, load, seconds });
    }
  }
}

/** A line for each side. */
function linesOf(
  sides: readonly Side[],
  costs: readonly Costs[],
  protocol: GatewayProtocol,
  load: Case,
): string[][] {
  const [first] = costs;
  return sides.map(({ name }, i) => [
    protocol,
    `${load.batch} ${load.batch === 1 ? "text" : "texts"}`,
    name,
    quietCost(costs[i]!.all).toFixed(0),
    ratioText(quietRatio(costs[i]!.all, first!.all)),
    quietCost(costs[i]!.main).toFixed(0),
    ratioText(quietRatio(costs[i]!.main, first!.main)),
  ]);
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      quick: { type: "boolean", default: false },
      protocols: { type: "string", default: "http,grpc,websocket" },
      baseline: { type: "string", default: BASELINE },
      starts: { type: "string", default: "3" },
      rounds: { type: "string", default: "30" },
      seconds: { type: "string", default: "0.25" },
      model: { type: "string", default: "free" },
      write: { type: "boolean", default: false },
    },
  });
  const protocols = values.protocols.split(",") as GatewayProtocol[];
  const tree = await layOut(values.baseline);
  if (tree === undefined) console.error(`Commit ${values.baseline} is not in this clone`);
  const startModel = await starterOf(values.model);
  await using sink = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (sent) => {
    await sent.arrayBuffer();
    return new Response();
  });
  const on = (ratio: string) => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${sink.addr.port}`,
    OTEL_TRACES_SAMPLER: "traceidratio",
    OTEL_TRACES_SAMPLER_ARG: ratio,
  });
  const sides: Side[] = [
    ...(tree ? [{ name: "without", main: `${tree}/main.ts`, env: {} }] : []),
    { name: "off", main: HERE, env: {} },
    { name: "a tenth", main: HERE, env: on("0.1") },
    { name: "all", main: HERE, env: on("1") },
  ];
  const clients = new JsonProcess(new URL("./gateway/client_step.ts", import.meta.url));
  const starts = values.quick ? 1 : Number(values.starts);
  const durations = {
    rounds: values.quick ? 4 : Number(values.rounds),
    seconds: Number(values.seconds),
  };
  const cases = protocols.flatMap((protocol) =>
    CASES.map((load) => ({
      protocol,
      load,
      costs: sides.map((): Costs => ({ all: [], main: [] })),
    }))
  );
  try {
    for (let begun = 0; begun < starts; begun++) {
      const servers: Served[] = [];
      try {
        for (const { main, env } of sides) servers.push(await startModel(main, env, protocols));
        for (const { protocol, load, costs } of cases) {
          await measure(servers, costs, clients, protocol, load, durations);
          const lines = linesOf(sides, costs, protocol, load);
          for (const line of lines) console.error(line.join("  "));
        }
      } finally {
        for (const served of servers) await served.stop();
      }
    }
  } finally {
    await clients.close();
  }
  const rows = cases.flatMap(({ protocol, load, costs }) => linesOf(sides, costs, protocol, load));
  const head = [
    "Protocol",
    "Request",
    "Tracing",
    "CPU µs a request",
    `Ratio to ${tree ? "without" : "off"} (95 %)`,
    "Of them the main thread",
    "Its ratio (95 %)",
  ];
  const words = Deno.args.filter((word) => word !== "--write");
  const text = [
    markdownTable(head, rows, (column) => column < 3 ? "---" : "--:"),
    `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Deno ` +
    `${Deno.version.deno}, ${new Date().toISOString().slice(0, 10)}; ${starts} ${
      starts === 1 ? "start" : "starts"
    } of ` +
    `${durations.rounds} rounds of ${durations.seconds} s. Command: ` +
    `\`deno task bench:tracing ${words.join(" ")}`.trimEnd() + "`",
  ].join("\n\n");
  console.log(text);
  if (values.write) await writeMeasured(PAGE, `tracing-${values.model}`, text);
}
