/** Pods, balancers before them, and requests that come whether or not others have been answered. */
import type { Modality } from "../../src/model/item.ts";
import type { Bring, Gaps } from "./arrivals.ts";
import { type Balancer, Members, type Policy } from "./balancers.ts";
import { Pod, type PodOptions, type SimulatedItem } from "./pod.ts";
import type { Random } from "./random.ts";
import { SimulatedTime } from "./simulated_time.ts";

/** What a fleet is. */
export interface FleetOptions {
  /** Options of each pod. */
  pod: (index: number) => PodOptions;
  /** Pods alive at the beginning, and the most that there may be. */
  pods: number;
  most?: number;
  policy: Policy;
  /** Balancers that know nothing of each other; a request comes to any of them. */
  balancers?: number;
  /** Other pods that are tried if one refuses, or is lost. */
  retries?: number;
  /** Milliseconds on the way to a pod and back, and in its transport. */
  wayMs?: number;
  gaps: Gaps;
  bring: Bring;
  random: Random;
}

/** What became of a request. */
export interface Answer {
  /** When it was sent. */
  readonly at: number;
  /** Milliseconds until it was answered, refused for good or given up. */
  readonly ms: number;
  readonly outcome: "answered" | "refused" | "failed";
  /** The pod that answered or refused it last. */
  readonly pod: number;
  /** Its documents, and the modality of the first. */
  readonly items: number;
  readonly modality: Modality;
}

interface Sent {
  readonly items: readonly SimulatedItem[];
  readonly at: number;
  readonly balancer: Balancer;
  tried: readonly number[];
  /** The pod that has it. */
  on: number;
}

const NONE: readonly number[] = [];

/** Simulates it. */
export class Fleet {
  readonly time = new SimulatedTime();
  readonly members: Members;
  readonly pods: Pod[];
  readonly #options: FleetOptions;
  readonly #balancers: readonly Balancer[];
  readonly #gaps: Random;
  readonly #brings: Random;
  readonly #chooses: Random;
  readonly #answered: (answer: Answer) => void;
  readonly #inFlight: Set<Sent>[];
  readonly #dead = new Set<number>();
  #until = 0;

  /** @param answered hears of each request once. */
  constructor(options: FleetOptions, answered: (answer: Answer) => void) {
    const { pods, most = pods, balancers = 1, policy, random } = options;
    this.#options = options;
    this.#answered = answered;
    this.members = new Members(most, pods);
    this.pods = Array.from({ length: most }, (_, i) => new Pod(this.time, options.pod(i)));
    this.#inFlight = Array.from({ length: most }, () => new Set());
    // One stream for each use: other policies see the same requests at the same times.
    this.#gaps = random.split();
    this.#brings = random.split();
    this.#chooses = random.split();
    this.#balancers = Array.from(
      { length: balancers },
      () => policy(this.members, random.split()),
    );
  }

  /** Lets requests come for a time, and waits for the last. */
  run(ms: number): void {
    this.#until = this.time.now() + ms;
    this.#next();
    this.time.run(this.#until);
    this.time.run(this.#until + 120_000);
  }

  /** A pod goes in the middle of its work; balancers hear of it after a while. */
  kill(pod: number, noticedAfterMs: number): void {
    this.pods[pod]!.kill();
    this.#dead.add(pod);
    for (const sent of [...this.#inFlight[pod]!]) this.#lost(sent);
    this.time.after(noticedAfterMs, () => this.members.set(pod, false));
  }

  /** A pod answers nothing any more, and does not say so; what it holds is lost when that is noticed. */
  hang(pod: number, noticedAfterMs: number): void {
    this.pods[pod]!.kill();
    this.time.after(noticedAfterMs, () => {
      this.members.set(pod, false);
      this.#dead.add(pod);
      for (const sent of [...this.#inFlight[pod]!]) this.#lost(sent);
    });
  }

  #next(): void {
    const gap = this.#options.gaps(this.#gaps);
    if (this.time.now() + gap > this.#until) return;
    this.time.after(gap, () => {
      this.#next();
      const { length } = this.#balancers;
      const balancer = this.#balancers[length === 1 ? 0 : this.#chooses.below(length)]!;
      const items = this.#options.bring(this.#brings);
      this.#send({ items, at: this.time.now(), balancer, tried: NONE, on: -1 });
    });
  }

  #send(sent: Sent): void {
    const pod = sent.balancer.choose(sent.tried);
    if (pod < 0) return this.#tell(sent, sent.tried.length > 0 ? "refused" : "failed");
    sent.on = pod;
    if (this.#dead.has(pod)) return this.#again(sent, "failed");
    sent.balancer.began(pod);
    this.#inFlight[pod]!.add(sent);
    const { wayMs = 0 } = this.#options;
    const taken = this.pods[pod]!.take(sent.items, () => {
      const answer = () => {
        // The pod may have gone while its answer was on the way.
        if (!this.#inFlight[pod]!.has(sent)) return;
        this.#left(sent);
        this.#tell(sent, "answered");
      };
      if (wayMs === 0) answer();
      else this.time.after(wayMs, answer);
    });
    if (taken) return;
    this.#left(sent);
    this.#again(sent, "refused");
  }

  #lost(sent: Sent): void {
    this.#left(sent);
    this.#again(sent, "failed");
  }

  #left(sent: Sent): void {
    this.#inFlight[sent.on]!.delete(sent);
    sent.balancer.ended(sent.on);
  }

  #again(sent: Sent, outcome: "refused" | "failed"): void {
    if (sent.tried.length >= (this.#options.retries ?? 0)) return this.#tell(sent, outcome);
    sent.tried = [...sent.tried, sent.on];
    this.#send(sent);
  }

  #tell({ at, on, items }: Sent, outcome: Answer["outcome"]): void {
    const { modality } = items[0]!.item;
    const ms = this.time.now() - at;
    this.#answered({ at, ms, outcome, pod: on, items: items.length, modality });
  }
}
