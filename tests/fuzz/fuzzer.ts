/** Runs a target on inputs made from its seeds, and keeps those that take new ways. */
import { seededRandom } from "../support/seeded_random.ts";
import type { Coverage } from "./coverage.ts";
import { mutate } from "./mutate.ts";
import type { Target } from "./target.ts";

/** An input that a target does not survive, with what to type to see it again. */
export class Finding extends Error {
  override readonly name = "Finding";

  constructor(target: string, what: string, input: Uint8Array, cause?: unknown) {
    const detail = cause instanceof Error ? `\n${cause.stack}` : cause ? `\n${cause}` : "";
    super(
      `${target}: ${what}${detail}\ndeno task fuzz --target ${target} --input ${input.toBase64()}`,
    );
  }
}

/** How long, how far, from where. */
export interface FuzzOptions {
  /** The same seed, target and number of runs give the same inputs, but for coverage. */
  seed: number;
  runs: number;
  /** Ends earlier when this answers true. */
  over?: () => boolean;
  /** More for one input is a finding, milliseconds. */
  hangMs: number;
  coverage?: Coverage;
  /** Growth of memory over all runs that is a finding, bytes. */
  maxGrowth?: number;
}

/** Inputs between two looks at whether others are served, and at memory. */
const PROBE_EVERY = 64;
/** Inputs before memory is looked at. */
const WARM_UP_RUNS = 512;

/**
 * Fuzzes one target.
 * @returns the number of runs and of inputs kept.
 * @throws {Finding} at the first one.
 */
export async function fuzz(
  target: Target,
  seeds: readonly Uint8Array[],
  options: FuzzOptions,
): Promise<{ runs: number; kept: number }> {
  const random = seededRandom(options.seed);
  const corpus = [...seeds];
  let before: number | undefined;
  let runs = 0;
  for (; runs < options.runs && !options.over?.(); runs++) {
    const input = runs < seeds.length
      ? seeds[runs]!
      : mutate(corpus[random.below(corpus.length)]!, random, corpus);
    await runOne(target, input, options.hangMs);
    if (options.coverage && await options.coverage.foundNew()) corpus.push(input);
    if (runs % PROBE_EVERY !== PROBE_EVERY - 1) continue;
    await target.probe?.().catch((thrown) => {
      throw new Finding(target.name, "others are no longer served", input, thrown);
    });
    // What the start needs is not counted.
    if (runs < WARM_UP_RUNS) continue;
    before ??= memory(0);
    const most = before + (options.maxGrowth ?? Infinity);
    if (memory(most) > most) {
      throw new Finding(target.name, `memory has grown by ${memory(most) - before} bytes`, input);
    }
  }
  return { runs, kept: corpus.length - seeds.length };
}

/**
 * Runs a target on one input.
 * @throws {Finding} if it does not survive it.
 */
export async function runOne(target: Target, input: Uint8Array, hangMs: number): Promise<void> {
  const start = performance.now();
  // A copy: what a target does to its input is not the next one's.
  const copy = input.slice();
  const uncaught = Promise.withResolvers<never>();
  const hear = (event: PromiseRejectionEvent | ErrorEvent) => {
    event.preventDefault();
    uncaught.reject("reason" in event ? event.reason : event.error);
  };
  addEventListener("unhandledrejection", hear);
  addEventListener("error", hear);
  uncaught.promise.catch(() => {});
  let caught: unknown;
  try {
    await Promise.race([Promise.try(() => target.run(copy)), uncaught.promise]);
  } catch (thrown) {
    caught = thrown;
  } finally {
    removeEventListener("unhandledrejection", hear);
    removeEventListener("error", hear);
  }
  if (caught !== undefined && !target.expected(caught)) {
    throw new Finding(target.name, "it threw", input, caught);
  }
  const ms = performance.now() - start;
  if (ms > hangMs) throw new Finding(target.name, `it took ${Math.round(ms)} ms`, input);
}

/** Bytes in use; garbage is collected before they are said to be more than `most`. */
function memory(most: number): number {
  const inUse = () => {
    const { heapUsed, external } = Deno.memoryUsage();
    return heapUsed + external;
  };
  if (inUse() > most) (globalThis as { gc?: () => void }).gc?.();
  return inUse();
}
