/** Long connections that stay where they are, against requests that are balanced one by one. */
import { markdownTable } from "../../page.ts";
import { leastLoaded, pinned } from "../balancers.ts";
import type { PodKind } from "../cost_model.ts";
import { measure } from "../measure.ts";
import { latency } from "./cells.ts";
import { IMAGES } from "./requests.ts";

const PODS = 10;
const LOADS = [0.5, 0.7, 0.8];

/** A row for each number of connections, by who chose the pods for them. */
export function connectionsTable(kind: PodKind, seed: number): string {
  const common = { kind, requests: IMAGES, pods: PODS, seed };
  const row = (name: string, policy: ReturnType<typeof pinned>, retries: number) => {
    const summaries = LOADS.map((load) =>
      measure({ ...common, load, policy, retries, seconds: 200 })
    );
    return [name, summaries.at(-1)!.evenness.toFixed(2), ...summaries.map(latency)];
  };
  const rows = [false, true].flatMap((spread) =>
    [1, 4, 16].map((each) =>
      row(
        `${each * PODS} connections, pods ${spread ? "in turn" : "at random"}`,
        pinned(each * PODS, spread),
        0,
      )
    )
  );
  rows.push(row("by request, least loaded", leastLoaded, 1));
  return markdownTable(
    ["Balanced", "Busiest over mean", ...LOADS.map((load) => `at ${load}`)],
    rows,
    (column) => column === 0 ? "---" : "--:",
  );
}
