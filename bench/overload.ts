// deno-lint-ignore-file no-console -- a command-line program
/**
 * What becomes of a server of which four times more is asked than it can do: per protocol the rate
 * of closed loops that keep it busy, and then an open loop of four times that rate.
 *
 *     deno task bench:overload [--seconds 30] [--protocols http,grpc,websocket] [--batch 8]
 *         [--over 4] [--wait 5000] [--item-ms 2 | --model models/demo | --model vit-b-32]
 *
 * By default the replica sleeps for two milliseconds for each text, so that the figures say
 * something of admission on any machine; with `--model` it computes as it does. `--wait=-1` leaves
 * the key out, for versions of the server that do not know it.
 * Goodput is what was answered within the time, in the mean of the last four fifths of it, over the
 * saturated rate (the mean of before and after). On a machine with other work that varies; `busy`,
 * the share of the time in which the session computed, and `kept`, how much of what was computed was
 * answered, vary less. The clients are one process on the same machine: `clients` is the share of
 * a core that they took, which the server does not have.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { LoadResult, LoadTask } from "./overload/load_step.ts";
import type { WireName } from "./overload/wires.ts";
import { tableLine } from "./page.ts";
import { benchModel } from "./serving/model.ts";
import { Served } from "./serving/served.ts";
import { runStep } from "./step.ts";

const STEP = new URL("./overload/load_step.ts", import.meta.url);
const DEMO = fileURLToPath(new URL("../models/demo", import.meta.url));
const PACED = fileURLToPath(new URL("./overload/paced_server.ts", import.meta.url));
/** Clients of the closed loops. */
const CLIENTS = 16;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "30" },
    protocols: { type: "string", default: "http,grpc,websocket" },
    batch: { type: "string", default: "8" },
    over: { type: "string", default: "4" },
    wait: { type: "string", default: "5000" },
    "item-ms": { type: "string", default: "2" },
    model: { type: "string" },
  },
});
const [seconds, batch, over, wait] = [values.seconds, values.batch, values.over, values.wait]
  .map(Number) as [number, number, number, number];
const wires = values.protocols.split(",") as WireName[];
const random = values.model === "vit-b-32" ? await benchModel() : undefined;
const server = await Served.startFiles(random?.checkpoint ?? values.model ?? DEMO, {
  ...(values.model === undefined ? { main: PACED } : {}),
  protocols: wires,
  replicas: 1,
  runtime: "clip_torch",
  env: {
    BENCH_ITEM_MS: values["item-ms"],
    ...(random ? { CLIPLINE_CACHE: random.cache } : {}),
  },
  encoder: { name: random?.name ?? "demo", ...(wait < 0 ? {} : { max_wait_ms: wait }) },
});
let from = 0;

function load(task: Omit<LoadTask, "address" | "batch" | "from">): Promise<LoadResult> {
  from += 10_000_000;
  const address = server.addresses[task.wire]!;
  return runStep<LoadResult>(STEP, { ...task, address, batch, from });
}

/** Texts a second of clients that keep the server busy, and no more. */
async function saturated(wire: WireName): Promise<number> {
  const { items, seconds: counted, reasons } = await load({
    wire,
    clients: CLIENTS,
    seconds: Math.max(4, seconds / 4),
  });
  if (items === 0) throw new Error(`Nothing is answered over ${wire}: ${reasons}`);
  return items / counted;
}

const columns =
  "protocol|goodput|busy|kept|saturated/s|offered|answered|refused|failed|p50 ms|p99 ms|" +
  "p99 over wait|refusals' p99 ms|Retry-After s (least, median, most)|clients";
console.log(tableLine(columns.split("|")));
console.log(tableLine(columns.split("|").map(() => "---")));
try {
  await load({ wire: wires[0]!, clients: CLIENTS, seconds: Math.min(3, seconds) });
  for (const wire of wires) {
    const before = await saturated(wire);
    const start = await server.counters();
    const result = await load({ wire, rate: over * before / batch, seconds });
    const end = await server.counters();
    const busy = (end.busySeconds - start.busySeconds) / ((end.at - start.at) / 1000);
    const kept = batch * result.answered / (end.embeddings.text - start.embeddings.text);
    await server.settle();
    const rate = (before + await saturated(wire)) / 2;
    const offered = result.sent * batch / seconds / rate;
    console.log(tableLine([
      wire,
      (result.items / result.seconds / rate).toFixed(2),
      busy.toFixed(2),
      kept.toFixed(2),
      rate.toFixed(0),
      `${offered.toFixed(1)} ×`,
      String(result.answered),
      String(result.refused),
      [result.failed, ...result.reasons].join(" "),
      result.p50.toFixed(0),
      result.p99.toFixed(0),
      wait > 0 ? (result.p99 / wait).toFixed(2) : "",
      result.refused === 0 ? "" : result.refusedP99.toFixed(0),
      result.retryAfter?.join(", ") ?? "",
      result.cpu.toFixed(2),
    ]));
    // What streams have left in buffers is served or dropped before the next protocol begins.
    await server.settle();
  }
} finally {
  await server.stop();
}
