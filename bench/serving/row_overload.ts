/** Row 5: four times as many requests as the server can serve. */
import { join } from "node:path";
import { allAnswered, type BenchContext, type Line } from "./context.ts";

const BATCH = 8;
/** Times the capacity. */
const OVER = 4;
/** The default: what waits longer has been given up by its client. */
const MAX_WAIT_MS = 5_000;
const CHECKED_TEXTS = 1024;

/** Row 5. */
export async function overload(context: BenchContext): Promise<Line[]> {
  const server = await context.serve({ encoder: { max_wait_ms: MAX_WAIT_MS } });
  const folder = await Deno.makeTempDir();
  try {
    const expected = join(folder, "expected");
    const count = context.durations.repeats > 1 ? CHECKED_TEXTS : 64;
    const { dim } = await context.bare({ do: "embed", count, path: expected });
    const lines: Line[] = [];
    for (const protocol of context.protocols) {
      const capacity = async () => {
        const rate = await context.served(server, protocol, "text", 16, BATCH);
        allAnswered(rate.results);
        return rate.perSecond;
      };
      const before = await capacity();
      const resting = server.memory().peak;
      const [result] = await context.clients({
        protocol,
        address: server.addresses[protocol]!,
        streams: [{ modality: "text", batch: BATCH, rate: OVER * before / BATCH }],
        seconds: context.durations.overload,
        from: 0,
        expected,
        dim,
        finish: true,
      });
      const { items, answered, refused, failed, wrong, reasons } = result!;
      if (failed + wrong > 0) {
        throw new Error(
          `${failed} failed and ${wrong} wrong under overload: ${reasons.join("; ")}`,
        );
      }
      const after = await capacity();
      const { peak } = server.memory();
      lines.push({
        row: 5,
        what: `goodput at ${OVER} × capacity over capacity, ${protocol}`,
        ratio: items / context.durations.overload / ((before + after) / 2),
        target: "≥ 0.9",
        detail: `${context.durations.overload} s: ${answered} right answers, ${refused} clean ` +
          `refusals, 0 others; peak RSS ${peak} MiB over ${resting} MiB before`,
      });
    }
    return lines;
  } finally {
    await Deno.remove(folder, { recursive: true });
    await server.stop();
  }
}
