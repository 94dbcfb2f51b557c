/**
 * Fuzzes what strangers reach: `deno task fuzz [--seconds N] [--target NAME] [--seed N]`. An input
 * that was found is run again with `--target NAME --input BASE64`. Exit code 1 at the first finding.
 */
import { parseArgs } from "node:util";
import { Coverage } from "./coverage.ts";
import { Finding, fuzz, runOne } from "./fuzzer.ts";

const HANG_MS = 1000;
const MAX_GROWTH = 256 * 2 ** 20;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    target: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    input: { type: "string" },
  },
});

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

async function main(): Promise<number> {
  const coverage = new Coverage();
  await coverage.start();
  // Only what is loaded after the start is counted.
  const { seedsOf, TARGETS } = await import("./targets.ts");
  const chosen = TARGETS.filter(({ name }) =>
    values.target === undefined || name === values.target
  );
  if (chosen.length === 0) {
    say(`There is no target '${values.target}': ${TARGETS.map(({ name }) => name).join(", ")}`);
    return 2;
  }
  const seed = Number(values.seed);
  const ms = Number(values.seconds) * 1000 / chosen.length;
  for (const maker of chosen) {
    const target = await maker.open();
    try {
      if (values.input !== undefined) {
        await runOne(target, Uint8Array.fromBase64(values.input), HANG_MS);
        await target.probe?.();
        say(`${target.name}: the input is survived`);
        continue;
      }
      const end = performance.now() + ms;
      const { runs, kept } = await fuzz(target, await seedsOf(target.name), {
        seed,
        runs: Infinity,
        over: () => performance.now() > end,
        hangMs: HANG_MS,
        maxGrowth: MAX_GROWTH,
        coverage,
      });
      say(`${target.name}: ${runs} inputs, ${kept} of them took new ways, seed ${seed}`);
    } catch (thrown) {
      if (!(thrown instanceof Finding)) throw thrown;
      say(`${thrown.message}\n(seed ${seed})`);
      return 1;
    } finally {
      await target.close?.();
    }
  }
  coverage.stop();
  return 0;
}

Deno.exit(await main());
