/**
 * Row 1: items a second through the server over the bare session, and the share of the time in
 * which the session computes. Row 2: many clients with one text over one client with many.
 */
import type { Modality } from "../../src/model/item.ts";
import { allAnswered, type BenchContext, type Line, mean, type ServedRate } from "./context.ts";
import { median } from "../embedding.ts";

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
    for (const modality of ["text", "image"] as const) {
      for (const protocol of context.protocols) {
        for (const [clients, batch] of LOADS) {
          const compare = Math.min(MINIBATCH, clients * batch);
          const before = await context.bareRun(modality, compare);
          const served = await context.served(server, protocol, modality, clients, batch);
          const after = await context.bareRun(modality, compare);
          allAnswered(served.results);
          lines.push(line(modality, protocol, clients, batch, served, [
            before.perSecond,
            after.perSecond,
          ]));
          context.log(`${lines.at(-1)!.what}: ${lines.at(-1)!.ratio.toFixed(2)}`);
        }
      }
    }
    return lines;
  } finally {
    await server.stop();
  }
}

function line(
  modality: Modality,
  protocol: string,
  clients: number,
  batch: number,
  served: ServedRate,
  bare: readonly number[],
): Line {
  const compare = Math.min(MINIBATCH, clients * batch);
  return {
    row: 1,
    what: `${modality}s over ${protocol}, ${clients} ${
      clients === 1 ? "client" : "clients"
    } × ${batch}`,
    ratio: served.perSecond / mean(bare),
    target: clients * batch >= SATURATED ? "≥ 0.95" : "",
    detail: `${served.perSecond.toFixed(1)}/s over ${mean(bare).toFixed(1)}/s bare at ` +
      `${compare}; session busy ${percent(served.busy)}, ` +
      `${served.batch.toFixed(1)} a minibatch`,
  };
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
        target: "≥ 0.9",
        detail: `last: ${many!.perSecond.toFixed(1)}/s in minibatches of ` +
          `${many!.batch.toFixed(1)}, over ${one!.perSecond.toFixed(1)}/s in ` +
          `${one!.batch.toFixed(1)}; busy ${percent(many!.busy)} and ${percent(one!.busy)}`,
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
