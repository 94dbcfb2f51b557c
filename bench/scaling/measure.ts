/** A fleet at a share of what it can do, in its steady state. */
import { type Bring, type Gaps, poisson, type RequestKind, requestsOf } from "./arrivals.ts";
import { type Policy, randomChoice } from "./balancers.ts";
import type { PodKind } from "./cost_model.ts";
import { Fleet, type FleetOptions } from "./fleet.ts";
import { Pod, type PodOptions } from "./pod.ts";
import { podOf } from "./pod_options.ts";
import { Random } from "./random.ts";
import { SimulatedTime } from "./simulated_time.ts";
import { Counting, type Summary } from "./summary.ts";

/** Milliseconds of HTTP, both ways and in the transport (docs/performance.md, row 3). */
export const WAY_MS = 2;

/** What is measured. */
export interface Measured {
  readonly kind: PodKind;
  readonly requests: readonly RequestKind[];
  readonly pods: number;
  /** Of what the pods can do. */
  readonly load: number;
  readonly seed: number;
  readonly policy?: Policy;
  readonly balancers?: number;
  readonly retries?: number;
  /** Options of each pod; by default those of the kind. */
  readonly pod?: (index: number) => PodOptions;
  /** How requests come at a rate; by default as Poisson's. */
  readonly arrivals?: (perSecond: number) => Gaps;
  /** Seconds that are counted, and those before. */
  readonly seconds?: number;
  readonly warmUp?: number;
  /** Does something while requests come. */
  readonly meanwhile?: (fleet: Fleet) => void;
}

/** Of one pod there should be so many requests, for its 99th percentile. */
const ENOUGH_REQUESTS = 20_000;
/** Of many pods together more of them, for a short time shows few of each. */
const MANY_PODS = 50;
const LEAST_REQUESTS = 80_000;
const LEAST_SECONDS = 4;
const BACKLOG = 3000;

/** How long is counted: shorter where there are many pods, which are many samples at a time. */
function secondsFor(perSecond: number, pods: number): number {
  const requests = pods < MANY_PODS ? ENOUGH_REQUESTS : LEAST_REQUESTS;
  return Math.max(LEAST_SECONDS, requests / perSecond);
}

/**
 * Seconds until a fleet is in its steady state: an overloaded queue takes 30 to fill up to
 * `max_wait_ms`, many pods near their capacity 18 to forget how they began. (Few pods are counted
 * for much longer than that.)
 */
function warmUpFor(load: number, pods: number): number {
  if (load >= 0.95) return 30;
  return load >= 0.85 && pods >= MANY_PODS ? 40 : 10;
}

/** Measures it. */
export function measure(measured: Measured): Summary {
  const { requests, pods, load, kind, seed, arrivals = poisson } = measured;
  const perSecond = load * pods * capacityOf(kind, requests);
  const seconds = measured.seconds ?? secondsFor(perSecond, pods);
  const warmUp = measured.warmUp ?? warmUpFor(load, pods);
  const counting = new Counting(pods, 1000 * warmUp);
  const options: FleetOptions = {
    pod: measured.pod ?? (() => podOf(kind)),
    pods,
    policy: measured.policy ?? randomChoice,
    balancers: measured.balancers ?? 1,
    retries: measured.retries ?? 0,
    wayMs: WAY_MS,
    gaps: arrivals(perSecond),
    bring: requestsOf(requests),
    random: new Random(seed),
  };
  const fleet = new Fleet(options, counting.answered);
  measured.meanwhile?.(fleet);
  fleet.run(1000 * (warmUp + seconds));
  return counting.summary(seconds);
}

const capacities = new Map<string, number>();

/**
 * Requests a second that one pod does: a backlog over the time in which it is done. (Not what it
 * answers under overload, where large requests are refused before small ones.)
 */
export function capacityOf(kind: PodKind, requests: readonly RequestKind[]): number {
  const key = JSON.stringify([kind.name, requests]);
  const known = capacities.get(key) ?? clear(podOf(kind), requestsOf(requests));
  capacities.set(key, known);
  return known;
}

function clear(options: PodOptions, bring: Bring): number {
  const time = new SimulatedTime();
  const pod = new Pod(time, { ...options, maxWaitMs: 0, maxQueue: Infinity });
  const random = new Random(1);
  let last = 0;
  for (let i = 0; i < BACKLOG; i++) pod.take(bring(random), () => void (last = time.now()));
  time.run(1e9);
  return 1000 * BACKLOG / last;
}
