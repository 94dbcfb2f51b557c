/** The command line of the simulation. */
import { parseArgs } from "node:util";

/** What `--help` prints. */
export const USAGE = `Usage: deno task bench:scaling [--seed 1] [--only TABLE,TABLE] [--write]
       deno task bench:scaling --real [--seed 1] [--seconds 30] [--write]

Many servers behind balancers, simulated with the engine's own scheduling. The
same seed gives the same tables.

  --only     tables, with commas between; all by default
  --seed     a whole number, 0 to 4294967295
  --real     hold the simulation against three servers on this machine, whose
             replicas sleep for the simulated times
  --seconds  of each of their rows
  --write    put the tables into docs/scaling.md
  --help     print this`;

/** What is to be done. */
export interface ScalingCommand {
  seed: number;
  /** Names of tables. */
  tables: readonly string[];
  real: boolean;
  seconds: number;
  write: boolean;
}

/** The largest seed: the generator's state has 32 bits. */
const MOST = 2 ** 32 - 1;

/**
 * Reads it. @returns undefined if help is wanted.
 * @param known names of tables.
 * @throws {Error} for people: what is wrong with an option.
 */
export function scalingCommand(
  args: string[],
  known: readonly string[],
): ScalingCommand | undefined {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: "string", default: "1" },
      only: { type: "string", default: known.join(",") },
      real: { type: "boolean", default: false },
      seconds: { type: "string", default: "30" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const seed = Number(values.seed);
  if (!/^\d+$/.test(values.seed) || seed > MOST) {
    throw new RangeError(`--seed ${values.seed}: expected a whole number of 0 to ${MOST}`);
  }
  const seconds = Number(values.seconds);
  if (!(seconds >= 1 && seconds <= 3600)) {
    throw new RangeError(`--seconds ${values.seconds}: expected a number of 1 to 3600`);
  }
  const tables = values.only.split(",").map((name) => name.trim());
  const odd = tables.find((name) => !known.includes(name));
  if (odd !== undefined) {
    throw new RangeError(`--only: there is no table '${odd}': ${known.join(", ")}`);
  }
  return { seed, tables, real: values.real, seconds, write: values.write };
}
