// deno-lint-ignore-file no-console -- a command-line program
/**
 * What clients have of several servers behind HAProxy and nginx, as `deploy/` configures them: how
 * evenly requests are spread, and what is lost when one server is killed, all are restarted, or one
 * hangs; what a fourth takes that joins. Every host is a network namespace of this machine.
 *
 *     deno task bench:balancing [--write] [--seconds 4] [--tables balancing,passthrough]
 *
 * With `--write` the tables go into docs/load-balancing.md. Needs haproxy, nginx with its stream
 * module, node, curl and Python; root, or user namespaces that anybody may make.
 */
import { parseArgs } from "node:util";
import { pythonEnvironment } from "../tests/support/python_environment.ts";
import type { Balancer, BalancerName } from "./balancing/balancer.ts";
import { Ground, type GroundOptions } from "./balancing/ground.ts";
import type { Load } from "./balancing/load.ts";
import {
  evenness,
  hung,
  joined,
  killed,
  type Losses,
  type Pressure,
  rolled,
  spread,
} from "./balancing/scenarios.ts";
import { markdownTable, writeMeasured } from "./page.ts";

const PAGE = new URL("../docs/load-balancing.md", import.meta.url);
const PYTHON = new URL("../tests/clients/requirements/clip-client-0.8.3.txt", import.meta.url);
/** As much as there is: what is under way when a server dies is what is lost. */
const BUSY: Pressure = { workers: 4, pauseMs: 0 };
const HUNG_MS = 8000;
/** In place of nginx's minute, for the bench's sake. */
const READ_TIMEOUT_S = 3;
/** HAProxy's checks need two seconds for a server that is back. */
const SEEN_MS = 2500;

const COLUMNS = [
  "Balancer",
  "Client",
  "Protocol",
  "Busiest over mean",
  "Killed: lost without any retries",
  "with the balancer's",
  "with both",
  "All restarted: failed at first",
  "lost",
  "Hung: last trouble after",
  "lost",
  "Share of a fourth",
];

const { values } = parseArgs({
  args: Deno.args,
  options: {
    write: { type: "boolean" },
    seconds: { type: "string", default: "4" },
    tables: { type: "string", default: "balancing,passthrough" },
  },
});
const seconds = Number(values.seconds);

/** Cells by the row's name. */
type Column = Map<string, string>;

const rowOf = ({ name }: Balancer, { client, scheme }: Load) => `${name}|${client}|${scheme}`;

function column(all: readonly Losses[], show: (losses: Losses) => string): Column {
  return new Map(all.map((losses) => [rowOf(losses.balancer, losses.load), show(losses)]));
}

async function measure(options: GroundOptions): Promise<string> {
  await using ground = await Ground.open(options);
  const names: BalancerName[] = ["haproxy", "nginx"];
  const start = async (withoutRetries: boolean) => {
    const all = [];
    for (const name of names) {
      all.push(
        await ground.balance(name, { withoutRetries, readTimeoutS: READ_TIMEOUT_S }),
      );
    }
    await pause(SEEN_MS);
    return all;
  };
  const columns: Column[] = [];
  const bare = await start(true);
  const lostBare = await killed(ground, bare, BUSY);
  for (const balancer of bare) await balancer[Symbol.asyncDispose]();
  const balancers = await start(false);
  try {
    const even: Column = new Map();
    for (const balancer of balancers) {
      for (const { load, taken } of await spread(ground, balancer, ground.loads, seconds)) {
        even.set(rowOf(balancer, load), evenness(taken).toFixed(2));
      }
    }
    columns.push(even);
    columns.push(column(lostBare, ({ failedOnce, calls }) => `${failedOnce} of ${calls}`));
    const lost = await killed(ground, balancers, BUSY);
    columns.push(column(lost, ({ failedOnce, calls }) => `${failedOnce} of ${calls}`));
    columns.push(column(lost, ({ failed }) => String(failed)));
    await pause(SEEN_MS);
    const restarted = await rolled(ground, balancers);
    columns.push(column(restarted, ({ failedOnce, calls }) => `${failedOnce} of ${calls}`));
    columns.push(column(restarted, ({ failed }) => String(failed)));
    await pause(SEEN_MS);
    const seeing = options.passthrough
      ? balancers.filter(({ name }) => name === "haproxy")
      : balancers;
    const held = await hung(ground, seeing, HUNG_MS);
    columns.push(column(held, ({ troubleMs }) => `${(troubleMs / 1000).toFixed(1)} s`));
    columns.push(column(held, ({ failed }) => String(failed)));
    await pause(SEEN_MS);
    const server = await ground.addServer();
    await server.start();
    const shares: Column = new Map();
    for (const balancer of balancers) {
      for (const group of Map.groupBy(ground.loads, ({ client }) => client).values()) {
        const all = await joined(ground, balancer, group, 2 * seconds);
        for (const { load, share } of all) {
          shares.set(rowOf(balancer, load), `${(100 * share).toFixed(0)} %`);
        }
      }
    }
    columns.push(shares);
  } finally {
    for (const balancer of balancers) await balancer[Symbol.asyncDispose]();
  }
  const rows = [...columns[0]!.keys()].map((row) => [
    ...row.split("|"),
    ...columns.map((cells) => cells.get(row) ?? "—"),
  ]);
  return markdownTable(COLUMNS, rows, (at) => at < 3 ? "---" : "--:");
}

const python = await pythonEnvironment(PYTHON);
const tables: Readonly<Record<string, GroundOptions>> = {
  balancing: { python },
  passthrough: { python, passthrough: true, gateway: { max_connection_age_ms: 1000 } },
};
for (const name of values.tables.split(",")) {
  const options = tables[name];
  if (options === undefined) throw new Error(`There is no table '${name}'`);
  const table = await measure(options);
  console.log(`${table}\n`);
  if (values.write) await writeMeasured(PAGE, name, table);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
