/** Latency over load, for one to a thousand pods and each way to choose among them. */
import { markdownTable } from "../../page.ts";
import type { RequestKind } from "../arrivals.ts";
import { leastLoaded, type Policy, randomChoice, roundRobin, twoChoices } from "../balancers.ts";
import type { PodKind } from "../cost_model.ts";
import { measure } from "../measure.ts";
import { latency } from "./cells.ts";

/** The ways that need nothing but what one balancer knows. */
export const POLICIES: readonly (readonly [name: string, policy: Policy])[] = [
  ["random", randomChoice],
  ["round robin", roundRobin],
  ["two choices", twoChoices],
  ["least loaded", leastLoaded],
];

/** What is simulated. */
export interface ChoiceOptions {
  readonly kind: PodKind;
  readonly requests: readonly RequestKind[];
  readonly pods: readonly number[];
  readonly loads: readonly number[];
  readonly seed: number;
}

/** A row for each number of pods and way to choose, a column for each load. */
export function choiceTable({ kind, requests, pods, loads, seed }: ChoiceOptions): string {
  const rows = pods.flatMap((count) =>
    (count === 1 ? [["one pod", randomChoice] as const] : POLICIES).map(([name, policy]) => [
      String(count),
      name,
      ...loads.map((load) => latency(measure({ kind, requests, pods: count, load, policy, seed }))),
    ])
  );
  return markdownTable(
    ["Pods", "Choice", ...loads.map((load) => `at ${load.toFixed(1)}`)],
    rows,
    (column) => column === 1 ? "---" : "--:",
  );
}
