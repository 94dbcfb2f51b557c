// deno-lint-ignore-file no-console -- a command-line program
/**
 * What the way in and out costs: the whole server, `main.ts` with a flow, before a model that
 * computes nothing, beside the same of an earlier commit. Rounds of the two take turns, and the same
 * client process drives both. Told is the CPU time of the server's main thread, which owns every
 * protocol: what it spends for a document says how many of them one process can take, whatever
 * computes them. Then everything once more with threads of load beside it.
 *
 *     deno task bench:gateway [--quick] [--protocols http,grpc,websocket] [--write]
 *                             [--baseline COMMIT] [--load THREADS]
 *
 * Pictures are 100 KB of few pixels, so that the workers that decode them leave the machine to the
 * gateway. `--write` puts the table into docs/performance.md.
 */
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { layOut } from "./gateway/baseline.ts";
import { freeModel } from "./gateway/free_model.ts";
import { Load } from "./gateway/load.ts";
import { type Case, CASES, type GatewayProtocol } from "./gateway/requests.ts";
import { Cost, Side } from "./gateway/side.ts";
import { markdownTable, writeMeasured } from "./page.ts";
import { JsonProcess } from "./serving/json_process.ts";

/** The commit before HTTP and gRPC were made lean. */
const BASELINE = "7082c65";
const PAGE = new URL("../docs/performance.md", import.meta.url);
const HERE = fileURLToPath(new URL("..", import.meta.url));

const FULL = { seconds: 2, rounds: 4 };
const QUICK = { seconds: 0.5, rounds: 1 };
/** In which code is compiled and buffers grow; before the first round of a case, on each side. */
const WARM_UP_SECONDS = 0.7;

const HEAD = [
  "Protocol",
  "Request",
  "Docs/s, before",
  "now",
  "MB/s, before",
  "now",
  "Main thread, CPU s a thousand, before",
  "now",
  "Now / before",
  "Other threads, before",
  "now",
  "Clients",
  "Docs/s that the main thread could feed",
];

function nameOf({ kind, batch }: Case): string {
  const size = kind === "image" ? " of 100 KB" : "";
  return `${batch} ${kind}${batch > 1 ? "s" : ""}${size}`;
}

function row(protocol: string, load: Case, now: Cost, before: Cost | undefined): string[] {
  const both = (value: (cost: Cost) => number, text: (value: number) => string) =>
    [before, now].map((cost) => cost ? text(value(cost)) : "–");
  const whole = (value: number) => value.toFixed(0);
  const exact = (value: number) => value.toPrecision(3);
  return [
    protocol,
    nameOf(load),
    ...both((cost) => cost.rate, whole),
    ...both((cost) => cost.megabytes, exact),
    ...both((cost) => cost.mainPerThousand, exact),
    before ? (now.mainPerThousand / before.mainPerThousand).toFixed(2) : "–",
    ...both((cost) => cost.otherPerThousand, exact),
    exact(now.clientPerThousand),
    whole(now.mainLimit),
  ];
}

/** What the rows say of pictures that are computed elsewhere. */
function fed(costs: ReadonlyMap<string, Cost>): string {
  const [name] = CASES.filter(({ kind, batch }) => kind === "image" && batch > 1).map(nameOf);
  const limits = [...costs].filter(([key]) => key.endsWith(name!))
    .map(([key, cost]) => `${key.split(" ")[0]} ${cost.mainLimit.toFixed(0)}`);
  return `A GPU could be fed by one process with so many pictures of 100 KB a second, in requests ` +
    `of 32, until its main thread has no time left: ${limits.join(", ")}.`;
}

async function measure(
  sides: readonly Side[],
  clients: JsonProcess,
  protocols: readonly GatewayProtocol[],
  { seconds, rounds }: typeof FULL,
): Promise<string> {
  const rows: string[][] = [];
  const costs = new Map<string, Cost>();
  for (const protocol of protocols) {
    for (const load of CASES) {
      const of = new Map(sides.map((side) => [side, new Cost()]));
      for (const side of sides) {
        await side.round(clients, protocol, load, Math.min(WARM_UP_SECONDS, seconds), new Cost());
      }
      for (let round = 0; round < rounds; round++) {
        const order = round % 2 === 0 ? sides : sides.toReversed();
        for (const side of order) await side.round(clients, protocol, load, seconds, of.get(side)!);
      }
      const [now, before] = sides.map((side) => of.get(side)!);
      costs.set(`${protocol} ${nameOf(load)}`, now!);
      rows.push(row(protocol, load, now!, before));
      console.error(rows.at(-1)!.join("  "));
    }
  }
  return `${markdownTable(HEAD, rows, (column) => column < 2 ? "---" : "--:")}\n\n${fed(costs)}`;
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      quick: { type: "boolean", default: false },
      protocols: { type: "string", default: "http,grpc,websocket" },
      baseline: { type: "string", default: BASELINE },
      load: { type: "string", default: "2" },
      write: { type: "boolean", default: false },
    },
  });
  const protocols = values.protocols.split(",") as GatewayProtocol[];
  const tree = await layOut(values.baseline);
  const against = tree === undefined
    ? `Commit ${values.baseline} is not in this clone (a shallow one?): there is nothing to compare ` +
      `with, only the present tree was measured.`
    : `Before: commit ${values.baseline}; now: this tree.`;
  console.error(against);
  const model = await freeModel();
  const sides = [await Side.start("now", HERE, model, protocols)];
  const clients = new JsonProcess(new URL("./gateway/client_step.ts", import.meta.url));
  const parts: string[] = [];
  try {
    if (tree !== undefined) sides.push(await Side.start("before", tree, model, protocols));
    const durations = values.quick ? QUICK : FULL;
    parts.push(against, await measure(sides, clients, protocols, durations));
    const threads = Number(values.load);
    if (threads > 0) {
      const load = new Load(threads);
      try {
        const table = await measure(sides, clients, protocols, durations);
        parts.push(`With ${threads} threads of load beside it, ${load.place}:`, table);
      } finally {
        await load.stop();
      }
    }
  } finally {
    await clients.close();
    for (const side of sides) await side.stop();
  }
  parts.push(
    `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Deno ` +
      `${Deno.version.deno}, ${new Date().toISOString().slice(0, 10)}. Command: ` +
      `\`deno task bench:gateway ${Deno.args.join(" ")}`.trimEnd() + "`",
  );
  const text = parts.join("\n\n");
  console.log(text);
  if (values.write) await writeMeasured(PAGE, "gateway", text);
}
