/** The simulation against what is known of simple queues. */
import assert from "node:assert/strict";
import { poisson, requestsOf } from "../../../bench/scaling/arrivals.ts";
import { type Policy, randomChoice, twoChoices } from "../../../bench/scaling/balancers.ts";
import { Fleet } from "../../../bench/scaling/fleet.ts";
import type { PodOptions } from "../../../bench/scaling/pod.ts";
import { Random } from "../../../bench/scaling/random.ts";
import { Counting, type Summary } from "../../../bench/scaling/summary.ts";
import {
  erlangC,
  md1Mean,
  mdcMean,
  mm1Mean,
  mm1Quantile,
  mmcMean,
  twoChoicesMean,
} from "./theory.ts";

const SERVICE_MS = 10;

/** One image a minibatch, and nobody is refused: the queue of the books. */
function simple(replicas: number, serviceMs: () => number): PodOptions {
  return {
    replicas,
    minibatchSize: 1,
    maxWaitMs: 0,
    maxQueue: Infinity,
    preprocessWorkers: 1,
    prepareImageMs: 0,
    minibatchMs: serviceMs,
  };
}

interface Case {
  load: number;
  replicas?: number;
  pods?: number;
  policy?: Policy;
  exponential: boolean;
  requests: number;
}

function simulate(
  { load, replicas = 1, pods = 1, policy = randomChoice, exponential, requests }: Case,
): Summary {
  const random = new Random(7);
  const service = random.split();
  const serviceMs = exponential ? () => service.exponential(SERVICE_MS) : () => SERVICE_MS;
  const perSecond = load * replicas * pods * 1000 / SERVICE_MS;
  const ms = 1000 * requests / perSecond;
  const counting = new Counting(pods, 0.1 * ms);
  const fleet = new Fleet({
    pod: () => simple(replicas, serviceMs),
    pods,
    policy,
    gaps: poisson(perSecond),
    bring: requestsOf([{ modality: "image", items: 1 }]),
    random,
  }, counting.answered);
  fleet.run(ms);
  return counting.summary(0.9 * ms / 1000);
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  const off = actual / expected - 1;
  assert.ok(
    Math.abs(off) <= tolerance,
    `${what}: ${actual.toFixed(2)}, expected ${expected.toFixed(2)} (${(100 * off).toFixed(1)} %)`,
  );
}

Deno.test("the formulas have values that are known", () => {
  near(erlangC(1, 0.7), 0.7, 1e-9, "Erlang's C of one server is the load");
  // Kleinrock's and others' tables: 5 servers, 4 Erlang.
  near(erlangC(5, 0.8), 0.5541, 1e-3, "Erlang's C of five servers");
  near(mdcMean(10, 1, 0.8), md1Mean(10, 0.8), 1e-9, "M/D/c of one server");
  near(twoChoicesMean(1, 0.9), 2.614, 1e-3, "two choices");
});

Deno.test("one pod that takes exponential times is M/M/1, in the mean and in the tail", () => {
  for (const load of [0.5, 0.8]) {
    const { meanMs, p50, p99, evenness } = simulate({ load, exponential: true, requests: 150_000 });
    near(meanMs, mm1Mean(SERVICE_MS, load), 0.05, `mean at ${load}`);
    near(p50, mm1Quantile(SERVICE_MS, load, 0.5), 0.06, `median at ${load}`);
    near(p99, mm1Quantile(SERVICE_MS, load, 0.99), 0.1, `p99 at ${load}`);
    assert.equal(evenness, 1);
  }
});

Deno.test("one pod that always takes the same time is M/D/1, with more replicas M/D/c", () => {
  for (const load of [0.5, 0.8]) {
    const { meanMs } = simulate({ load, exponential: false, requests: 200_000 });
    near(meanMs, md1Mean(SERVICE_MS, load), 0.04, `mean at ${load}`);
  }
  for (const replicas of [2, 8]) {
    const { meanMs } = simulate({ load: 0.8, replicas, exponential: false, requests: 150_000 });
    near(meanMs, mdcMean(SERVICE_MS, replicas, 0.8), 0.05, `${replicas} replicas`);
  }
});

Deno.test("replicas of one pod that take exponential times are M/M/c", () => {
  const { meanMs } = simulate({ load: 0.9, replicas: 4, exponential: true, requests: 150_000 });
  near(meanMs, mmcMean(SERVICE_MS, 4, 0.9), 0.06, "4 replicas");
});

Deno.test("the less loaded of two of many pods is the supermarket model", () => {
  const { meanMs } = simulate({
    load: 0.9,
    pods: 300,
    policy: twoChoices,
    exponential: true,
    requests: 200_000,
  });
  near(meanMs, twoChoicesMean(SERVICE_MS, 0.9), 0.05, "two choices at 0.9");
});

Deno.test("random choice among many pods leaves each of them M/M/1", () => {
  const { meanMs } = simulate({ load: 0.7, pods: 50, exponential: true, requests: 200_000 });
  near(meanMs, mm1Mean(SERVICE_MS, 0.7), 0.05, "50 pods");
});
