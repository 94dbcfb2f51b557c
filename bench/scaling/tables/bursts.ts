/** Requests that come in bursts, and what a share for bursts costs. */
import { markdownTable } from "../../page.ts";
import { bursty, poisson } from "../arrivals.ts";
import { leastLoaded } from "../balancers.ts";
import type { PodKind } from "../cost_model.ts";
import { measure } from "../measure.ts";
import { latency } from "./cells.ts";
import { IMAGES } from "./requests.ts";

const LOADS = [0.3, 0.5, 0.7, 0.8];
const SECONDS = 600;

/** A row for each kind of arrivals. */
export function burstsTable(kind: PodKind, seed: number): string {
  const arrivals = [
    ["Poisson", poisson],
    ...[200, 2000, 20_000].map((meanMs) =>
      [
        `3 × the mean for ${meanMs / 1000} s, a tenth of the time`,
        (perSecond: number) => bursty(perSecond, { factor: 3, share: 0.1, meanMs }),
      ] as const
    ),
  ] as const;
  const rows = arrivals.flatMap(([name, gaps]) =>
    [1, 10].map((pods) => [
      String(pods),
      name,
      ...LOADS.map((load) =>
        latency(measure({
          kind,
          requests: IMAGES,
          pods,
          load,
          policy: leastLoaded,
          arrivals: gaps,
          seconds: pods === 1 ? 3 * SECONDS : SECONDS,
          seed,
        }))
      ),
    ])
  );
  return markdownTable(
    ["Pods", "Requests come", ...LOADS.map((load) => `at ${load}`)],
    rows,
    (column) => column === 1 ? "---" : "--:",
  );
}
