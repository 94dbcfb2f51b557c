/** The simulation beside real servers that take the same times, under the same requests. */
import { poisson, type RequestKind, requestsOf } from "../arrivals.ts";
import { leastLoaded, type Policy, randomChoice, roundRobin } from "../balancers.ts";
import { minibatchMs, type PodKind } from "../cost_model.ts";
import { Fleet } from "../fleet.ts";
import { podOf } from "../pod_options.ts";
import { Random } from "../random.ts";
import { Counting, quantile, type Summary } from "../summary.ts";
import { drive } from "./drive.ts";
import { RealPod } from "./servers.ts";

const PODS = 3;
const LONE_REQUESTS = 40;

/** One comparison. */
export interface Compared {
  readonly requests: string;
  readonly policy: string;
  readonly load: number;
  readonly real: Summary;
  readonly simulated: Summary;
}

/** What is compared. */
export interface CompareOptions {
  readonly kind: PodKind;
  readonly seconds: number;
  readonly seed: number;
  /** Requests by name, and how many of them a pod answers a second when it has no pause. */
  readonly mixes: Readonly<Record<string, { kinds: readonly RequestKind[]; capacity: number }>>;
  readonly loads: readonly number[];
}

const POLICIES: Readonly<Record<string, Policy>> = {
  random: randomChoice,
  "round robin": roundRobin,
  "least loaded": leastLoaded,
};

/** Starts the servers, and compares. @param tell hears of each comparison. */
export async function compare(
  { kind, seconds, seed, mixes, loads }: CompareOptions,
  tell: (compared: Compared) => void,
): Promise<{ wayMs: number }> {
  const pods = await RealPod.start(PODS, kind);
  try {
    const wayMs = await way(pods, kind);
    const ms = 1000 * seconds;
    const warmUp = 0.1 * ms;
    for (const [requests, { kinds, capacity }] of Object.entries(mixes)) {
      for (const load of loads) {
        for (const [name, policy] of Object.entries(POLICIES)) {
          const common = () => ({
            policy,
            gaps: poisson(load * PODS * capacity),
            bring: requestsOf(kinds),
            random: new Random(seed),
          });
          const real = new Counting(PODS, warmUp);
          await drive(pods, { ...common(), ms }, real.answered);
          const simulated = new Counting(PODS, warmUp);
          new Fleet({ ...common(), pod: () => podOf(kind), pods: PODS, wayMs }, simulated.answered)
            .run(ms);
          const [a, b] = [real, simulated].map((counting) => counting.summary(0.9 * seconds)) as [
            Summary,
            Summary,
          ];
          tell({ requests, policy: name, load, real: a, simulated: b });
        }
      }
    }
    return { wayMs };
  } finally {
    for (const pod of pods) await pod.stop();
  }
}

/** Milliseconds that a request takes that is alone, beside its minibatch: the median. */
async function way(pods: readonly RealPod[], kind: PodKind): Promise<number> {
  const bring = requestsOf([{ modality: "text", items: 1 }]);
  const random = new Random(1);
  const more: number[] = [];
  for (let i = 0; i < LONE_REQUESTS * pods.length; i++) {
    const items = bring(random);
    const began = performance.now();
    await pods[i % pods.length]!.ask(items);
    const took = performance.now() - began;
    // The first ones of each are those of a cold program.
    if (i >= 10 * pods.length) more.push(took - minibatchMs(kind, "text", 1, items[0]!.length));
  }
  return Math.max(0, quantile(more.sort((a, b) => a - b), 0.5));
}
