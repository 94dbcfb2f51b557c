/** Pods that are slow, die or hang, and requests that are tried again. */
import { markdownTable } from "../../page.ts";
import { pinned } from "../balancers.ts";
import type { PodKind } from "../cost_model.ts";
import type { Fleet } from "../fleet.ts";
import { measure } from "../measure.ts";
import { podOf } from "../pod_options.ts";
import { latency, milliseconds, percent } from "./cells.ts";
import { POLICIES } from "./choice.ts";
import { IMAGES } from "./requests.ts";

const PODS = 10;

/** One of ten pods takes three times as long. */
export function slowPodTable(kind: PodKind, seed: number): string {
  const loads = [0.3, 0.5, 0.7];
  const rows = POLICIES.map(([name, policy]) => [
    name,
    ...loads.flatMap((load) =>
      [1, 3].map((slowness) =>
        latency(measure({
          kind,
          requests: IMAGES,
          pods: PODS,
          load,
          policy,
          retries: 1,
          pod: (index) => podOf(kind, index === 0 ? slowness : 1),
          seconds: 200,
          seed,
        }))
      )
    ),
  ]);
  const head = loads.flatMap((load) => [`at ${load}, all alike`, "one slow"]);
  return markdownTable(["Choice", ...head], rows, (column) => column === 0 ? "---" : "--:");
}

const FAULT_AT_MS = 30_000;
const COUNTED_S = 60;

/** Over a minute that begins when one of the pods goes, at 0.7 of the capacity. */
export function faultsTable(kind: PodKind, seed: number): string {
  const [, roundRobin, , least] = POLICIES;
  const faults: readonly (readonly [name: string, noticedS: number, hangs: boolean])[] = [
    ["killed, out after 2 s", 2, false],
    ["killed, out after 10 s", 10, false],
    ["hangs, out after 5 s", 5, true],
    ["hangs, out after 30 s", 30, true],
  ];
  const rows = faults.flatMap(([fault, noticedS, hangs]) =>
    [roundRobin!, least!].flatMap(([name, policy]) =>
      [0, 1].map((retries) => {
        const summary = measure({
          kind,
          requests: IMAGES,
          pods: PODS,
          load: 0.7,
          policy,
          retries,
          seconds: COUNTED_S,
          warmUp: FAULT_AT_MS / 1000,
          meanwhile: (fleet: Fleet) =>
            fleet.time.after(FAULT_AT_MS, () => {
              if (hangs) fleet.hang(0, 1000 * noticedS);
              else fleet.kill(0, 1000 * noticedS);
            }),
          seed,
        });
        return [
          fault,
          name,
          String(retries),
          percent(summary.failed),
          milliseconds(summary.p50),
          milliseconds(summary.p99),
        ];
      })
    )
  );
  return markdownTable(
    ["One of ten", "Choice", "Retries", "Failed in the minute", "p50", "p99"],
    rows,
    (column) => column < 2 ? "---" : "--:",
  );
}

/** What is refused where a pod has too much, with other pods to try. */
export function retriesTable(kind: PodKind, seed: number): string {
  const ways = [
    ["random", POLICIES[0]![1], [0, 1, 2]],
    ["least loaded", POLICIES[3]![1], [0, 1, 2]],
    ["ten connections, in turn", pinned(PODS, true), [0]],
  ] as const;
  const loads = [0.9, 1.0, 1.2, 2];
  const rows = ways.flatMap(([name, policy, counts]) =>
    counts.map((retries) => [
      name,
      String(retries),
      ...loads.map((load) =>
        latency(measure({
          kind,
          requests: IMAGES,
          pods: PODS,
          load,
          policy,
          retries,
          seconds: 120,
          seed,
        }))
      ),
    ])
  );
  return markdownTable(
    ["Choice", "Retries", ...loads.map((load) => `at ${load.toFixed(1)}`)],
    rows,
    (column) => column === 0 ? "---" : "--:",
  );
}

/** A fleet of which one pod is gone for good, as in a rolling update without a spare. */
export function lostPodTable(kind: PodKind, seed: number): string {
  const loads = [0.5, 0.6, 0.7, 0.8];
  const rows = [2, 3, 5, 10, 30].map((pods) => [
    String(pods),
    ...loads.map((load) => {
      const left = load * pods / (pods - 1);
      const policy = POLICIES[3]![1];
      const summary = measure({ kind, requests: IMAGES, pods: pods - 1, load: left, policy, seed });
      return `${left.toFixed(2)}: ${latency(summary)}`;
    }),
  ]);
  return markdownTable(
    ["Pods before", ...loads.map((load) => `at ${load} before`)],
    rows,
    () => "--:",
  );
}
