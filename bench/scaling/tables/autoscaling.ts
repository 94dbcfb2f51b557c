/** Load that grows fivefold and falls again, and an autoscaler that follows it. */
import { markdownTable } from "../../page.ts";
import { requestsOf } from "../arrivals.ts";
import { Autoscaler, DEFAULT_RULES, type ScalingRules, SYNC_MS, wanted } from "../autoscaler.ts";
import { leastLoaded } from "../balancers.ts";
import type { PodKind } from "../cost_model.ts";
import { Fleet } from "../fleet.ts";
import { capacityOf, WAY_MS } from "../measure.ts";
import { podOf } from "../pod_options.ts";
import { Random } from "../random.ts";
import { Counting } from "../summary.ts";
import { milliseconds, percent } from "./cells.ts";
import { IMAGES } from "./requests.ts";

const MINUTE = 60_000;
const MOST = 60;
const LEAST = 3;

/** Pods' worth of requests at a time: 5, within `rampMs` to 25, and back. */
function pods(at: number, rampMs: number): number {
  const up = (at - 10 * MINUTE) / rampMs;
  const down = (at - 25 * MINUTE) / rampMs;
  const ramp = (x: number) => Math.min(1, Math.max(0, x));
  return 5 + 20 * (ramp(up) - ramp(down));
}

const END = 40 * MINUTE;

/** One way to scale. */
export interface Scaling {
  readonly name: string;
  /** Seconds of waiting work that a pod is to have; nothing is done by it if it is left out. */
  readonly queueTarget?: number;
  /** Busy share of the replicas that pods are to have. */
  readonly busyTarget?: number;
  readonly rules?: Partial<ScalingRules>;
  /** Age of the figures, and how long a new pod takes until it is ready. */
  readonly lagMs?: number;
  readonly startMs?: number;
  /** How long the load takes to grow. */
  readonly rampMs?: number;
}

interface Scaled {
  p99: number;
  refused: number;
  /** Pods, over those that would be busy all the time. */
  pods: number;
  /** Most and fewest pods from the fifth minute to the tenth, where the load does not change. */
  calm: readonly [number, number];
  changes: number;
}

/** Runs forty minutes. */
export function scale(kind: PodKind, scaling: Scaling, seed: number): Scaled {
  const { lagMs = 30_000, startMs = 30_000, rampMs = MINUTE } = scaling;
  const capacity = capacityOf(kind, IMAGES);
  const first = 8;
  const counting = new Counting(MOST, 5 * MINUTE);
  const fleet: Fleet = new Fleet({
    pod: () => podOf(kind),
    pods: first,
    most: MOST,
    policy: leastLoaded,
    retries: 1,
    wayMs: WAY_MS,
    gaps: (random) => random.exponential(1000 / (capacity * pods(fleet.time.now(), rampMs))),
    bring: requestsOf(IMAGES),
    random: new Random(seed),
  }, counting.answered);
  const rules = { least: LEAST, most: MOST, ...DEFAULT_RULES, ...scaling.rules };
  const autoscaler = new Autoscaler(rules);
  let current = first;
  let podMs = 0;
  let changes = 0;
  const calm: [number, number] = [0, Infinity];
  const ready = () => fleet.members.list.filter((pod) => pod < current);
  const busyBefore = new Array<number>(MOST).fill(0);

  const look = () => {
    const values = ready();
    const queue = values.map((pod) => fleet.pods[pod]!.queueMs / 1000);
    const busy = values.map((pod) => {
      const { busyMs } = fleet.pods[pod]!;
      const share = (busyMs - busyBefore[pod]!) / SYNC_MS;
      busyBefore[pod] = busyMs;
      return share;
    });
    // What is measured now is what the autoscaler sees when the figures have come to it.
    fleet.time.after(lagMs, () => decide(queue, busy));
    const now = fleet.time.now();
    podMs += current * SYNC_MS;
    if (now >= 5 * MINUTE && now < 10 * MINUTE) {
      calm[0] = Math.max(calm[0], current);
      calm[1] = Math.min(calm[1], current);
    }
    if (now < END) fleet.time.after(SYNC_MS, look);
  };
  const decide = (queue: readonly number[], busy: readonly number[]) => {
    const starting = current - ready().length;
    const { queueTarget, busyTarget } = scaling;
    const next = autoscaler.decide(fleet.time.now(), current, [
      ...(queueTarget === undefined ? [] : [wanted(queue, starting, queueTarget)]),
      ...(busyTarget === undefined ? [] : [wanted(busy, starting, busyTarget)]),
    ]);
    if (next === current) return;
    changes++;
    for (let pod = current; pod < next; pod++) {
      fleet.time.after(startMs, () => {
        if (pod < current) fleet.members.set(pod, true);
      });
    }
    for (let pod = next; pod < current; pod++) fleet.members.set(pod, false);
    current = next;
  };
  look();
  fleet.run(END);
  const { p99, refused } = counting.summary(END / 1000);
  let ideal = 0;
  for (let at = 0; at < END; at += SYNC_MS) ideal += pods(at, rampMs) * SYNC_MS;
  return { p99, refused, pods: podMs / ideal, calm, changes };
}

/** A row for each way. */
export function autoscalingTable(kind: PodKind, seed: number, ways: readonly Scaling[]): string {
  const rows = ways.map((way) => {
    const { p99, refused, pods, calm, changes } = scale(kind, way, seed);
    const [most, fewest] = calm;
    return [
      way.name,
      milliseconds(p99),
      percent(refused),
      pods.toFixed(2),
      most === fewest ? String(most) : `${fewest} to ${most}`,
      String(changes),
    ];
  });
  return markdownTable(
    ["Scaled by", "p99", "Refused", "Pods over those that are needed", "Calm", "Changes"],
    rows,
    (column) => column === 0 ? "---" : "--:",
  );
}
