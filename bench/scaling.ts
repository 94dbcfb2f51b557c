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
import { writeMeasured } from "./page.ts";
import { type ScalingCommand, scalingCommand, USAGE } from "./scaling/command.ts";
import { realTable } from "./scaling/real/table.ts";
import { SECTIONS } from "./scaling/tables/sections.ts";

const PAGE = new URL("../docs/scaling.md", import.meta.url);

async function run({ seed, tables, real, seconds, write }: ScalingCommand): Promise<void> {
  const tell = async (name: string, table: string) => {
    console.log(`\n${name}\n\n${table}`);
    if (write) await writeMeasured(PAGE, `scaling-${name}`, table);
  };
  if (real) {
    await tell("real", await realTable(seed, seconds, (cells) => console.error(cells.join("  "))));
    return;
  }
  for (const name of tables) {
    const began = performance.now();
    await tell(name, SECTIONS[name]!(seed));
    console.error(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
}

/** What is wrong with the words ends the program with 2. */
function read(): ScalingCommand | undefined {
  try {
    return scalingCommand(Deno.args, Object.keys(SECTIONS));
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    Deno.exit(2);
  }
}

if (import.meta.main) {
  const command = read();
  if (command === undefined) console.log(USAGE);
  else await run(command);
}
