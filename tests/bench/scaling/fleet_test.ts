/** Pods, balancers and requests of the simulation. */
import assert from "node:assert/strict";
import { bursty, poisson, requestsOf } from "../../../bench/scaling/arrivals.ts";
import {
  leastLoaded,
  leastPublished,
  Members,
  pinned,
  type Policy,
  randomChoice,
  roundRobin,
  twoChoices,
} from "../../../bench/scaling/balancers.ts";
import { CPU_POD, lineThrough } from "../../../bench/scaling/cost_model.ts";
import { type Answer, Fleet } from "../../../bench/scaling/fleet.ts";
import { capacityOf, measure } from "../../../bench/scaling/measure.ts";
import { podOf } from "../../../bench/scaling/pod_options.ts";
import { Random } from "../../../bench/scaling/random.ts";
import { SimulatedTime } from "../../../bench/scaling/simulated_time.ts";
import { quantile } from "../../../bench/scaling/summary.ts";
import { IMAGES, TEXTS } from "../../../bench/scaling/tables/requests.ts";

Deno.test("what is planned happens in the order of its time, and of planning", () => {
  const time = new SimulatedTime();
  const happened: string[] = [];
  for (const [ms, name] of [[5, "c"], [1, "a"], [5, "d"], [3, "b"], [9, "late"]] as const) {
    time.after(ms, () => happened.push(`${name} ${time.now()}`));
  }
  time.after(3, () => time.after(0, () => happened.push(`then ${time.now()}`)));
  time.run(6);
  assert.deepEqual(happened, ["a 1", "b 3", "then 3", "c 5", "d 5"]);
  assert.equal(time.now(), 6);
});

Deno.test("many events leave in order", () => {
  const time = new SimulatedTime();
  const random = new Random(3);
  const seen: number[] = [];
  for (let i = 0; i < 2000; i++) time.after(random.below(300), () => seen.push(time.now()));
  time.run(Infinity);
  assert.equal(seen.length, 2000);
  assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
});

Deno.test("requests come at their mean rate, in bursts too", () => {
  const bursts = { factor: 3, share: 0.1, meanMs: 200 };
  for (const gaps of [poisson(50), bursty(50, bursts)]) {
    const random = new Random(5);
    let ms = 0;
    for (let i = 0; i < 200_000; i++) ms += gaps(random);
    const perSecond = 1000 * 200_000 / ms;
    assert.ok(Math.abs(perSecond / 50 - 1) < 0.03, `${perSecond}`);
  }
});

/** The first pods that a policy chooses, each of which keeps its request. */
function chosen(policy: Policy, members: Members, count: number): number[] {
  const balancer = policy(members, new Random(1));
  return Array.from({ length: count }, () => {
    const pod = balancer.choose([]);
    balancer.began(pod);
    return pod;
  });
}

Deno.test("round robin and least loaded go round where all are alike", () => {
  for (const policy of [roundRobin, leastLoaded]) {
    const pods = chosen(policy, new Members(4), 8);
    assert.deepEqual(new Set(pods.slice(0, 4)), new Set([0, 1, 2, 3]));
    assert.deepEqual(pods.slice(4), pods.slice(0, 4));
  }
});

Deno.test("the least loaded has the fewest of this balancer's requests", () => {
  const balancer = leastLoaded(new Members(3), new Random(1));
  for (const pod of [0, 0, 1, 2, 2]) balancer.began(pod);
  assert.equal(balancer.choose([]), 1);
  balancer.ended(2);
  balancer.ended(2);
  assert.equal(balancer.choose([]), 2);
  assert.equal(balancer.choose([2]), 1, "what has refused is not asked again");
});

Deno.test("two choices are two pods", () => {
  const balancer = twoChoices(new Members(2), new Random(1));
  balancer.began(0);
  for (let i = 0; i < 20; i++) assert.equal(balancer.choose([]), 1);
});

Deno.test("published loads count until they are told again", () => {
  const published = Float64Array.of(5, 2, 9);
  const pods = chosen(leastPublished(published), new Members(3), 3);
  assert.deepEqual(pods, [1, 1, 1]);
});

Deno.test("nobody is chosen who is not a member, or has refused", () => {
  const members = new Members(3);
  members.set(1, false);
  for (const policy of [randomChoice, roundRobin, leastLoaded, twoChoices]) {
    const balancer = policy(members, new Random(1));
    for (let i = 0; i < 20; i++) assert.notEqual(balancer.choose([]), 1);
    assert.equal(balancer.choose([0]), 2);
    assert.equal(balancer.choose([0, 2]), -1);
  }
});

Deno.test("a long connection stays with its pod, and its requests are not tried elsewhere", () => {
  const balancer = pinned(1, false)(new Members(9), new Random(1));
  const pod = balancer.choose([]);
  for (let i = 0; i < 20; i++) assert.equal(balancer.choose([]), pod);
  assert.equal(balancer.choose([pod]), -1);
});

/** Three pods at a load, with every answer. */
function answers(
  options: { load: number; retries?: number; policy?: Policy; seed?: number },
  meanwhile: (fleet: Fleet) => void = () => {},
): Answer[] {
  const { load, retries = 0, policy = roundRobin, seed = 1 } = options;
  const told: Answer[] = [];
  const fleet = new Fleet({
    pod: () => podOf(CPU_POD),
    pods: 3,
    policy,
    retries,
    gaps: poisson(load * 3 * capacityOf(CPU_POD, IMAGES)),
    bring: requestsOf(IMAGES),
    random: new Random(seed),
  }, (answer) => told.push(answer));
  meanwhile(fleet);
  fleet.run(60_000);
  return told;
}

const counts = (told: readonly Answer[]) => ({
  answered: told.filter(({ outcome }) => outcome === "answered").length,
  refused: told.filter(({ outcome }) => outcome === "refused").length,
  failed: told.filter(({ outcome }) => outcome === "failed").length,
});

Deno.test("the same seed gives the same answers, another one others", () => {
  assert.deepEqual(answers({ load: 0.8 }), answers({ load: 0.8 }));
  assert.notDeepEqual(answers({ load: 0.8 }), answers({ load: 0.8, seed: 2 }));
});

Deno.test("other ways to choose see the same requests at the same times", () => {
  const times = (policy: Policy) =>
    answers({ load: 0.5, policy }).map(({ at }) => at).sort((a, b) => a - b);
  assert.deepEqual(times(leastLoaded), times(randomChoice));
});

Deno.test("what would wait for too long is refused at once, and what is taken waits no longer", () => {
  const told = answers({ load: 2 });
  const { answered, refused, failed } = counts(told);
  assert.equal(failed, 0);
  assert.ok(refused > 0.3 * answered, `${refused} refused, ${answered} answered`);
  const { maxWaitMs } = podOf(CPU_POD);
  for (const { ms, outcome } of told) if (outcome === "refused") assert.equal(ms, 0);
  // The first ones come before the rate is known.
  const waited = told.filter(({ outcome }) => outcome === "answered").map(({ ms }) => ms);
  const p99 = quantile(waited.sort((a, b) => a - b), 0.99);
  assert.ok(p99 < 1.1 * maxWaitMs, `${p99}`);
});

Deno.test("a pod that is killed loses what it has, unless that is tried again", () => {
  const kill = (fleet: Fleet) => fleet.time.after(20_000, () => fleet.kill(1, 3000));
  const once = counts(answers({ load: 0.5 }, kill));
  assert.ok(once.failed > 10, `${once.failed}`);
  const again = counts(answers({ load: 0.5, retries: 1 }, kill));
  assert.equal(again.failed, 0);
  assert.equal(again.answered, once.answered + once.failed, "each request is told once");
});

Deno.test("a pod that hangs keeps what it has until that is noticed", () => {
  const hang = (fleet: Fleet) => fleet.time.after(20_000, () => fleet.hang(1, 5000));
  const told = answers({ load: 0.5, retries: 1 }, hang);
  assert.equal(counts(told).failed, 0);
  const longest = Math.max(...told.map(({ ms }) => ms));
  assert.ok(longest > 4000 && longest < 7000, `${longest}`);
});

Deno.test("the line through two rates gives them back", () => {
  const { runMs, eachMs } = lineThrough({ batch: 1, perSecond: 100 }, {
    batch: 11,
    perSecond: 550,
  });
  assert.equal(runMs + eachMs, 10);
  assert.equal(runMs + 11 * eachMs, 20);
});

Deno.test("a pod that never pauses does what full minibatches do", () => {
  const { runMs, eachMs } = CPU_POD.image;
  const full = 1000 / (eachMs + runMs / CPU_POD.minibatchSize);
  const capacity = capacityOf(CPU_POD, IMAGES);
  assert.ok(Math.abs(capacity / full - 1) < 0.02, `${capacity}, ${full}`);
  assert.ok(capacityOf(CPU_POD, TEXTS) > 5 * capacity);
});

Deno.test("the least loaded of ten pods has a shorter tail than any of them at random", () => {
  const at = (policy: Policy) =>
    measure({ kind: CPU_POD, requests: IMAGES, pods: 10, load: 0.7, policy, seed: 1 });
  const [random, least] = [at(randomChoice), at(leastLoaded)];
  assert.ok(least.p99 < random.p99 / 2, `${least.p99}, ${random.p99}`);
  assert.ok(least.evenness < random.evenness);
});

Deno.test("quantile() is the smallest value that a share does not exceed", () => {
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2);
  assert.equal(quantile([1, 2, 3, 4], 0.99), 4);
  assert.equal(quantile([7], 0), 7);
  assert.ok(Number.isNaN(quantile([], 0.5)));
});
