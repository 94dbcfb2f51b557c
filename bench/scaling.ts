// deno-lint-ignore-file no-console -- a command-line program
/**
 * Many servers behind balancers, simulated with the engine's own scheduling: latency over load for
 * each way to choose among them, what balancers know, long connections, bursts, faults, autoscaling.
 * The same seed gives the same tables.
 *
 *     deno task bench:scaling [--seed 1] [--only choice-images,ages,…] [--write]
 *     deno task bench:scaling --real [--seconds 30] [--write]
 *
 * `--real` holds the simulation against three servers on this machine whose replicas sleep for the
 * simulated times, under the same requests at the same times. `--write` puts tables into
 * docs/scaling.md.
 */
import { parseArgs } from "node:util";
import { writeMeasured } from "./page.ts";
import { realTable } from "./scaling/real/table.ts";
import { SECTIONS } from "./scaling/tables/sections.ts";

const PAGE = new URL("../docs/scaling.md", import.meta.url);

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      seed: { type: "string", default: "1" },
      only: { type: "string", default: Object.keys(SECTIONS).join(",") },
      real: { type: "boolean", default: false },
      seconds: { type: "string", default: "30" },
      write: { type: "boolean", default: false },
    },
  });
  const seed = Number(values.seed);
  const tell = async (name: string, table: string) => {
    console.log(`\n${name}\n\n${table}`);
    if (values.write) await writeMeasured(PAGE, `scaling-${name}`, table);
  };
  if (values.real) {
    const seconds = Number(values.seconds);
    await tell("real", await realTable(seed, seconds, (cells) => console.error(cells.join("  "))));
  } else {
    for (const name of values.only.split(",")) {
      const section = SECTIONS[name];
      if (!section) {
        console.error(`There is no table '${name}': ${Object.keys(SECTIONS).join(", ")}`);
        Deno.exit(2);
      }
      const began = performance.now();
      await tell(name, section(seed));
      console.error(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
    }
  }
}
