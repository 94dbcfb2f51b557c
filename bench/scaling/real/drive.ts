/** Real servers under the load of a simulation: the same requests at the same times. */
import type { Bring, Gaps } from "../arrivals.ts";
import { Members, type Policy } from "../balancers.ts";
import type { Answer } from "../fleet.ts";
import type { Random } from "../random.ts";
import type { RealPod } from "./servers.ts";

/** What is asked of them. */
export interface RealLoad {
  readonly policy: Policy;
  readonly gaps: Gaps;
  readonly bring: Bring;
  readonly random: Random;
  readonly ms: number;
}

/** Sends for a time, as `Fleet.run` does; resolves when all are answered. */
export async function drive(
  pods: readonly RealPod[],
  { policy, gaps, bring, random, ms }: RealLoad,
  answered: (answer: Answer) => void,
): Promise<void> {
  // In the order in which `Fleet` draws them.
  const [gapsRandom, brings] = [random.split(), random.split()];
  random.split();
  const balancer = policy(new Members(pods.length), random.split());
  const began = performance.now();
  const under: Promise<void>[] = [];
  const send = async (at: number) => {
    const items = bring(brings);
    const pod = balancer.choose([]);
    balancer.began(pod);
    const taken = await pods[pod]!.ask(items);
    balancer.ended(pod);
    const now = performance.now() - began;
    const outcome = taken ? "answered" : "refused";
    const { modality } = items[0]!.item;
    answered({ at, ms: now - at, outcome, pod, items: items.length, modality });
  };
  for (let at = gaps(gapsRandom); at < ms; at += gaps(gapsRandom)) {
    const due = began + at - performance.now();
    if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
    under.push(send(performance.now() - began));
  }
  await Promise.all(under);
}
