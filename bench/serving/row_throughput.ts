/**
 * Row 1: items a second through the server over the bare session (of images: over what that leaves
 * when the same cores decode them too), and the share of the time in which the session computes.
 * Row 2: many clients with one text over one client with many.
 */
import type { Modality } from "../../src/model/item.ts";
import { allAnswered, type BenchContext, type Line, mean, type ServedRate } from "./context.ts";
import { median } from "../embedding.ts";
import { runStep } from "../step.ts";
import type { PreprocessAnswer } from "./preprocess_step.ts";

/** Loads: how many clients send how many items at once. */
const LOADS = [[1, 1], [1, 32], [8, 1], [8, 32], [64, 1], [64, 32]] as const;

/** Largest minibatch of both sides. */
const MINIBATCH = 32;

/** Items under way from which on the session has always something to do. */
const SATURATED = 64;

/** Row 1. */
export async function throughput(context: BenchContext): Promise<Line[]> {
  const server = await context.serve();
  const lines: Line[] = [];
  try {
    const { smallPerSecond } = await runStep<PreprocessAnswer>(
      new URL("./preprocess_step.ts", import.meta.url),
      { seconds: context.durations.bare },
    );
    for (const modality of ["text", "image"] as const) {
      for (const protocol of context.protocols) {
        for (const [clients, batch] of LOADS) {
          const load = { modality, protocol, clients, batch };
          if (!describe(load).includes(context.only)) continue;
          const before = await context.bareRun(modality, compared(load));
          const served = await context.served(server, protocol, modality, clients, batch);
          const after = await context.bareRun(modality, compared(load));
          allAnswered(served.results);
          const bare = mean([before.perSecond, after.perSecond]);
          lines.push(
            modality === "text" ? textLine(load, served, bare) : imageLine(load, served, bare, {
              threads: context.threads,
              decodedPerSecond: smallPerSecond,
            }),
          );
          context.log(`${lines.at(-1)!.what}: ${lines.at(-1)!.ratio.toFixed(2)}`);
        }
      }
    }
    return lines;
  } finally {
    await server.stop();
  }
}

/** Who sends what. */
interface Load {
  modality: Modality;
  protocol: string;
  clients: number;
  batch: number;
}

function textLine(load: Load, served: ServedRate, bare: number): Line {
  return {
    row: 1,
    what: describe(load),
    ratio: served.perSecond / bare,
    target: isSaturated(load) ? "≥ 0.95" : "",
    detail: `${perSecond(served.perSecond)} over ${perSecond(bare)} bare at ${compared(load)}; ` +
      work(served),
  };
}

/**
 * A session on all cores takes `threads / bare` core seconds an image, and the decoder some more:
 * what is left is the rate at which both together fill the cores.
 */
function imageLine(
  load: Load,
  served: ServedRate,
  bare: number,
  { threads, decodedPerSecond }: { threads: number; decodedPerSecond: number },
): Line {
  const limit = threads / (threads / bare + 1 / decodedPerSecond);
  return {
    row: 1,
    what: `${describe(load)}, of what decoding leaves`,
    ratio: served.perSecond / limit,
    target: isSaturated(load) ? "≥ 0.9" : "",
    detail: `${perSecond(served.perSecond)} over ${perSecond(limit)}, ${perSecond(bare)} bare at ` +
      `${compared(load)}; ${work(served)}`,
  };
}

function describe({ modality, protocol, clients, batch }: Load): string {
  return `${modality}s over ${protocol}, ${clients} ${
    clients === 1 ? "client" : "clients"
  } × ${batch}`;
}

function isSaturated({ clients, batch }: Load): boolean {
  return clients * batch >= SATURATED;
}

/** Minibatches of the baseline. */
function compared({ clients, batch }: Load): number {
  return Math.min(MINIBATCH, clients * batch);
}

function work({ busy, batch, cpuSeconds }: ServedRate): string {
  return `session busy ${percent(busy)}, ${batch.toFixed(1)} a minibatch, ` +
    `${cpuSeconds.toFixed(1)} CPU s a thousand`;
}

function perSecond(rate: number): string {
  return `${rate.toFixed(1)}/s`;
}

/** Row 2. */
export async function gathering(context: BenchContext): Promise<Line[]> {
  const server = await context.serve();
  const lines: Line[] = [];
  try {
    for (const protocol of context.protocols) {
      const ratios: number[] = [];
      let [many, one]: (ServedRate | undefined)[] = [];
      for (let i = 0; i < context.durations.repeats; i++) {
        many = await context.served(server, protocol, "text", 64, 1);
        one = await context.served(server, protocol, "text", 1, 64);
        allAnswered([...many.results, ...one.results]);
        ratios.push(many.perSecond / one.perSecond);
      }
      lines.push({
        row: 2,
        what: `64 clients × 1 text over 1 client × 64, ${protocol}`,
        ratio: median(ratios),
        target: "≥ 0.97",
        detail: `last: ${perSecond(many!.perSecond)} (${work(many!)}) over ` +
          `${perSecond(one!.perSecond)} (${work(one!)})`,
      });
    }
    return lines;
  } finally {
    await server.stop();
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
