// deno-lint-ignore-file no-console -- a command-line program
/**
 * What other dialects cost beside Jina's: one server before a model that computes nothing, asked for
 * the same embeddings by `POST /post`, by `/v1/embeddings` with numbers and with base64, and by the
 * Open Inference Protocol with binary tensors over HTTP and gRPC. Rounds take turns.
 *
 *     deno task bench:dialects [--quick] [--write]
 *
 * `--write` puts the table into docs/performance.md.
 */
import { parseArgs } from "node:util";
import type { WireTask } from "./dialects/client_step.ts";
import { type WireName, WIRES } from "./dialects/wires.ts";
import type { Driven } from "./gateway/drive.ts";
import { freeModel } from "./gateway/free_model.ts";
import { type Case, CASES } from "./gateway/requests.ts";
import { Cost } from "./gateway/side.ts";
import { markdownTable, writeMeasured } from "./page.ts";
import { processCost } from "./process_cost.ts";
import { JsonProcess } from "./serving/json_process.ts";
import { Served } from "./serving/served.ts";

const PAGE = new URL("../docs/performance.md", import.meta.url);
const FULL = { seconds: 2, rounds: 5 };
const QUICK = { seconds: 0.5, rounds: 2 };
/** In which code is compiled and buffers grow. */
const WARM_UP_SECONDS = 0.7;

const HEAD = [
  "Request",
  "Asked by",
  "Requests/s over /post's",
  "Main thread's CPU over /post's",
  "Bytes of request and answer",
  "Clients' CPU over /post's",
  "Resident, MiB",
];

class Dialects {
  readonly #served: Served;
  readonly #clients = new JsonProcess(new URL("./dialects/client_step.ts", import.meta.url));

  constructor(served: Served) {
    this.#served = served;
  }

  async case(load: Case, { seconds, rounds }: typeof FULL): Promise<string[][]> {
    const costs = new Map(WIRES.map((wire) => [wire, new Cost()]));
    const resident = new Map<WireName, number>();
    for (const wire of WIRES) {
      await this.#round(wire, load, Math.min(WARM_UP_SECONDS, seconds), new Cost());
    }
    for (let round = 0; round < rounds; round++) {
      for (const wire of round % 2 === 0 ? WIRES : WIRES.toReversed()) {
        await this.#round(wire, load, seconds, costs.get(wire)!);
        resident.set(wire, Math.max(resident.get(wire) ?? 0, this.#served.memory().resident));
      }
    }
    const first = costs.get(WIRES[0]!)!;
    return WIRES.map((wire) => {
      const cost = costs.get(wire)!;
      const { bytes, documents } = cost;
      return [
        `${load.batch} ${load.kind}${load.batch > 1 ? "s" : ""}`,
        wire,
        (cost.rate / first.rate).toFixed(2),
        (cost.mainPerThousand / first.mainPerThousand).toFixed(2),
        (bytes / documents * load.batch).toFixed(0),
        (cost.clientPerThousand / first.clientPerThousand).toFixed(2),
        String(resident.get(wire)),
      ];
    });
  }

  async #round(wire: WireName, load: Case, seconds: number, cost: Cost): Promise<void> {
    const address = this.#served.addresses[wire === "oip gRPC" ? "grpc" : "http"]!;
    const task: WireTask = { wire, port: Number(address.split(":")[1]), load, seconds };
    const before = processCost(this.#served.pid);
    const driven = await this.#clients.ask<Driven>(task);
    cost.add(load.batch, driven, before, processCost(this.#served.pid));
  }

  async stop(): Promise<void> {
    await this.#clients.close();
    await this.#served.stop();
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  const served = await Served.startFiles(await freeModel(), {
    protocols: ["http", "grpc"],
    replicas: 1,
  });
  const dialects = new Dialects(served);
  const rows: string[][] = [];
  try {
    for (const load of CASES) {
      for (const row of await dialects.case(load, values.quick ? QUICK : FULL)) {
        rows.push(row);
        console.error(row.join("  "));
      }
    }
  } finally {
    await dialects.stop();
  }
  const table = markdownTable(HEAD, rows, (column) => column < 2 ? "---" : "--:");
  console.log(table);
  if (values.write) await writeMeasured(PAGE, "dialects", table);
}
