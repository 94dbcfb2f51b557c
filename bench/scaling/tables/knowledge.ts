/** What balancers know: several that know only their own requests, and loads that are old. */
import { markdownTable } from "../../page.ts";
import {
  leastLoaded,
  leastPublished,
  type Policy,
  randomChoice,
  roundRobin,
  twoChoices,
  twoChoicesPublished,
} from "../balancers.ts";
import type { PodKind } from "../cost_model.ts";
import type { Fleet } from "../fleet.ts";
import { measure } from "../measure.ts";
import type { Summary } from "../summary.ts";
import { latency } from "./cells.ts";
import { IMAGES, MIXED } from "./requests.ts";

const PODS = 100;
const LOAD = 0.8;
const REQUESTS = [["one image each", IMAGES], ["mixed", MIXED]] as const;

/** A row for each way to choose and number of balancers. */
export function balancersTable(kind: PodKind, seed: number, counts: readonly number[]): string {
  const ways: readonly (readonly [string, Policy])[] = [
    ["round robin", roundRobin],
    ["two choices", twoChoices],
    ["least loaded", leastLoaded],
  ];
  const rows = [["random", randomChoice] as const, ...ways].flatMap(([name, policy]) =>
    (policy === randomChoice ? [1] : counts).map((balancers) => [
      name,
      policy === randomChoice ? "any" : String(balancers),
      ...REQUESTS.map(([, requests]) =>
        latency(measure({ kind, requests, pods: PODS, load: LOAD, policy, balancers, seed }))
      ),
    ])
  );
  return markdownTable(
    ["Choice", "Balancers", ...REQUESTS.map(([name]) => name)],
    rows,
    (column) => column === 0 ? "---" : "--:",
  );
}

/** A row for each age of the pods' own figures, by which one balancer chooses. */
export function agesTable(kind: PodKind, seed: number, agesMs: readonly number[]): string {
  const rows = agesMs.map((age) => [
    age < 1000 ? `${age} ms` : `${age / 1000} s`,
    ...REQUESTS.flatMap(([, requests]) =>
      [leastPublished, twoChoicesPublished].map((way) => {
        const published = new Float64Array(PODS);
        const publish = ({ pods, time }: Fleet) => {
          const tell = () => {
            for (let i = 0; i < PODS; i++) published[i] = pods[i]!.load;
            if (time.now() < END_MS) time.after(age, tell);
          };
          tell();
        };
        const summary: Summary = measure({
          kind,
          requests,
          pods: PODS,
          load: LOAD,
          policy: way(published),
          seed,
          meanwhile: publish,
          seconds: SECONDS,
          warmUp: SECONDS,
        });
        return latency(summary);
      })
    ),
  ]);
  const head = REQUESTS.flatMap(([name]) => [`${name}: least`, `${name}: two choices`]);
  return markdownTable(["Age", ...head], rows, () => "--:");
}

const SECONDS = 30;
const END_MS = 2 * SECONDS * 1000;
