// deno-lint-ignore-file no-console -- a command-line program
/**
 * What the server costs over a bare ONNX Runtime session, in one table. Each row is a ratio of two
 * things measured in turn in this run, on ViT-B/32's shapes with seeded random weights; the server,
 * its clients and the bare session are processes of their own.
 *
 *     deno task bench [--quick] [--rows 1,3] [--protocols http,grpc] [--threads N] [--only TEXT] [--write]
 *
 * `--only "images over http, 8 clients × 32"` keeps that line of row 1.
 * `--quick` only shows that everything runs. `--write` puts the table into docs/performance.md.
 * The bare session gets minibatches of at most 32 consecutive inputs, each cut to its longest text.
 */
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { runtimeVersion } from "../src/runtime/session.ts";
import { tableLine, writeMeasured } from "./page.ts";
import { BenchContext, FULL, type Line, QUICK } from "./serving/context.ts";
import { benchModel } from "./serving/model.ts";
import { mixedLatency, singleLatency } from "./serving/row_latency.ts";
import { overload } from "./serving/row_overload.ts";
import { preprocessing } from "./serving/row_preprocessing.ts";
import { startup } from "./serving/row_startup.ts";
import { gathering, throughput } from "./serving/row_throughput.ts";
import type { Protocol } from "./serving/work.ts";

const ROWS: Record<string, (context: BenchContext) => Promise<Line[]>> = {
  "1": throughput,
  "2": gathering,
  "3": singleLatency,
  "4": mixedLatency,
  "5": overload,
  "6": preprocessing,
  "7": startup,
};

const PAGE = new URL("../docs/performance.md", import.meta.url);
function cellsOf({ row, what, ratio, target, detail }: Line): string[] {
  return [String(row), what, ratio.toFixed(2), target, detail];
}

async function commit(): Promise<string> {
  const { stdout } = await new Deno.Command("git", {
    args: ["rev-parse", "--short", "HEAD"],
    stderr: "null",
  }).output().catch(() => ({ stdout: new Uint8Array() }));
  return new TextDecoder().decode(stdout).trim() || "unknown";
}

async function machine(threads: number): Promise<string> {
  const cpu = cpus()[0]?.model ?? "unknown CPU";
  const load = Deno.loadavg().map((value) => value.toFixed(1)).join(", ");
  return `${cpu}, ${availableParallelism()} cores, ${threads} threads of the session; load of the ` +
    `machine at the end (1, 5, 15 minutes) ${load}. Deno ${Deno.version.deno}, ONNX Runtime ` +
    `${runtimeVersion()}, commit ${await commit()}, ${new Date().toISOString().slice(0, 10)}. ` +
    `Command: \`deno task bench ${Deno.args.join(" ")}\``.trimEnd();
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      quick: { type: "boolean", default: false },
      rows: { type: "string", default: Object.keys(ROWS).join(",") },
      protocols: { type: "string", default: "http,grpc" },
      threads: { type: "string", default: String(availableParallelism()) },
      only: { type: "string", default: "" },
      write: { type: "boolean", default: false },
    },
  });
  const threads = Number(values.threads);
  const context = new BenchContext(
    await benchModel(),
    values.quick ? QUICK : FULL,
    values.protocols.split(",") as Protocol[],
    threads,
    (text) => console.error(text),
    values.only,
  );
  const lines = [
    tableLine(["Row", "What", "Ratio", "Target", "Figures"]),
    tableLine(["--:", "---", "--:", "---", "---"]),
  ];
  console.log(lines.join("\n"));
  try {
    for (const row of values.rows.split(",")) {
      const measure = ROWS[row];
      if (!measure) throw new Error(`There is no row '${row}': choose of ${Object.keys(ROWS)}`);
      for (const line of await measure(context)) {
        lines.push(tableLine(cellsOf(line)));
        console.log(lines.at(-1));
      }
    }
  } finally {
    await context.close();
  }
  const about = await machine(threads);
  console.log(`\n${about}`);
  if (values.write) await writeMeasured(PAGE, "serving", `${lines.join("\n")}\n\n${about}`);
}
