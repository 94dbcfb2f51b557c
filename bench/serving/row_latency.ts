/**
 * Row 3: the latency of a single text over a bare run. Row 4: the tail of texts' latency while
 * images are in the mix.
 */
import type { Stream } from "./client_step.ts";
import { allAnswered, type BenchContext, type Line, quantile } from "./context.ts";

/** Texts and images a second of the mixed load: 80 % and 20 %, about half of two cores' capacity. */
const TEXTS_PER_SECOND = 16;
const IMAGES_PER_SECOND = 4;

/** Requests without a text come about as often as those with one, so that threads sleep as long. */
const EMPTY_PER_SECOND = 70;

/** About the time between a run's end and the next one's begin with one client. */
const REST_MS = 2;

/** Row 3. */
export async function singleLatency(context: BenchContext): Promise<Line[]> {
  const server = await context.serve();
  try {
    const lines: Line[] = [];
    for (const protocol of context.protocols) {
      const served: number[] = [];
      const bare: number[] = [];
      /** Of requests that hold no text: what client, transport and codec take by themselves. */
      const idle: number[] = [];
      /** Of the bare session when it has slept for a moment, as it does between two requests. */
      const rested: number[] = [];
      let [computed, texts] = [0, 0];
      const ask = (stream: Stream, share: number) =>
        context.clients({
          protocol,
          address: server.addresses[protocol]!,
          streams: [stream],
          seconds: share * context.durations.served,
        });
      for (let i = 0; i < 2 * context.durations.repeats; i++) {
        bare.push(...(await context.bareRun("text", 1, context.durations.served / 2)).runsMs);
        const before = await server.counters();
        const [result] = await ask({ modality: "text", batch: 1, clients: 1 }, 1 / 2);
        const after = await server.counters();
        const [nothing] = await ask({ modality: "text", batch: 0, rate: EMPTY_PER_SECOND }, 1 / 4);
        const { runsMs } = await context.bareRun("text", 1, context.durations.served / 8, REST_MS);
        rested.push(...runsMs);
        allAnswered([result!, nothing!]);
        idle.push(...nothing!.latenciesMs);
        computed += 1000 * (after.busySeconds - before.busySeconds);
        texts += after.embeddings.text - before.embeddings.text;
        served.push(...result!.latenciesMs);
      }
      for (const share of [0.5, 0.99]) {
        const [mine, base] = [quantile(served, share), quantile(bare, share)];
        lines.push({
          row: 3,
          what: `single text, p${100 * share} over a bare run's, ${protocol}`,
          ratio: mine / base,
          target: share === 0.5 ? "≤ 2 ms more" : "",
          detail: `${mine.toFixed(1)} ms over ${base.toFixed(1)} ms: ` +
            `${(mine - base).toFixed(1)} ms more; ${served.length} requests; ` +
            `${
              (computed / texts).toFixed(1)
            } ms in the session in the mean where the bare one takes ` +
            `${mean(bare).toFixed(1)}, and ${
              mean(rested).toFixed(1)
            } after a rest of ${REST_MS} ms; ` +
            `a request without a text takes ${quantile(idle, share).toFixed(1)} ms`,
        });
      }
    }
    return lines;
  } finally {
    await server.stop();
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Row 4. */
export async function mixedLatency(context: BenchContext): Promise<Line[]> {
  const server = await context.serve();
  try {
    const protocol = context.protocols[0]!;
    const address = server.addresses[protocol]!;
    const seconds = context.durations.tail / 2;
    const texts = { modality: "text", batch: 1, rate: TEXTS_PER_SECOND } as const;
    const images = { modality: "image", batch: 1, rate: IMAGES_PER_SECOND } as const;
    const without: number[] = [];
    const withImages: number[] = [];
    for (let i = 0; i < 2; i++) {
      const load = { protocol, address, seconds, finish: true };
      const [alone] = await context.clients({ ...load, streams: [texts] });
      const [mixed, pictures] = await context.clients({ ...load, streams: [texts, images] });
      allAnswered([alone!, mixed!, pictures!]);
      without.push(...alone!.latenciesMs);
      withImages.push(...mixed!.latenciesMs);
    }
    const [p99, base] = [quantile(withImages, 0.99), quantile(without, 0.99)];
    const [p50, base50] = [quantile(withImages, 0.5), quantile(without, 0.5)];
    return [{
      row: 4,
      what: `p99 of texts with images in the mix over without, ${protocol}`,
      ratio: p99 / base,
      target: "≤ 2",
      detail: `${TEXTS_PER_SECOND} texts/s, ${IMAGES_PER_SECOND} images/s: ` +
        `${p99.toFixed(0)} ms over ${base.toFixed(0)} ms ` +
        `(p50 ${p50.toFixed(0)} over ${base50.toFixed(0)} ms)`,
    }];
  } finally {
    await server.stop();
  }
}
