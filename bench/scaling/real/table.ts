/** The comparison with real servers as a table. */
import { availableParallelism, cpus, loadavg } from "node:os";
import { markdownTable } from "../../page.ts";
import { CPU_POD } from "../cost_model.ts";
import { capacityOf } from "../measure.ts";
import { milliseconds } from "../tables/cells.ts";
import { IMAGES, TEXTS } from "../tables/requests.ts";
import { compare, type Compared } from "./compare.ts";

/** Texts are so many of the requests, images the others. */
const TEXT_SHARE = 0.8;

/** Runs it. @param tell hears of each row. */
export async function realTable(
  seed: number,
  seconds: number,
  tell: (cells: readonly string[]) => void,
): Promise<string> {
  const texts = capacityOf(CPU_POD, TEXTS);
  const images = capacityOf(CPU_POD, IMAGES);
  const rows: string[][] = [];
  const { wayMs } = await compare({
    kind: CPU_POD,
    seconds,
    seed,
    loads: [0.5, 0.8, 0.9],
    mixes: {
      "texts": { kinds: TEXTS, capacity: texts },
      "texts and images": {
        kinds: [
          { modality: "text", items: 1, share: TEXT_SHARE },
          { modality: "image", items: 1, share: 1 - TEXT_SHARE },
        ],
        capacity: 1 / (TEXT_SHARE / texts + (1 - TEXT_SHARE) / images),
      },
    },
  }, (compared) => {
    rows.push(cells(compared));
    tell(rows.at(-1)!);
  });
  const table = markdownTable(
    [
      "Requests",
      "Load",
      "Choice",
      "p50: simulated",
      "real",
      "p99: simulated",
      "real",
      "Ratio of p99",
    ],
    rows,
    (column) => column === 0 || column === 2 ? "---" : "--:",
  );
  const load = loadavg().map((average) => average.toFixed(1)).join(", ");
  return `${table}\n\n${seconds} s each; a request that is alone takes ${wayMs.toFixed(1)} ms ` +
    `beside its minibatch, which the simulation adds. ${cpus()[0]?.model ?? "unknown CPU"}, ` +
    `${availableParallelism()} cores that others used too; load of the machine at the end (1, 5, ` +
    `15 minutes) ${load}. Deno ${Deno.version.deno}, ${new Date().toISOString().slice(0, 10)}. ` +
    "Command: `deno task bench:scaling --real`";
}

function cells({ requests, policy, load, real, simulated }: Compared): string[] {
  return [
    requests,
    load.toFixed(1),
    policy,
    milliseconds(simulated.p50),
    milliseconds(real.p50),
    milliseconds(simulated.p99),
    milliseconds(real.p99),
    (real.p99 / simulated.p99).toFixed(2),
  ];
}
