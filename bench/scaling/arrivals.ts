/** When requests come, and what they bring. */
import type { Modality } from "../../src/model/item.ts";
import { captions } from "../inputs.ts";
import type { SimulatedItem } from "./pod.ts";
import type { Random } from "./random.ts";

/** Gives the milliseconds from one request to the next. */
export type Gaps = (random: Random) => number;

/** Requests that know nothing of each other. @param perSecond their mean rate. */
export function poisson(perSecond: number): Gaps {
  return (random) => random.exponential(1000 / perSecond);
}

/** How bursts are. */
export interface Bursts {
  /** Times the mean rate while there is one. */
  readonly factor: number;
  /** Of the time. */
  readonly share: number;
  /** Milliseconds of one in the mean. */
  readonly meanMs: number;
}

/**
 * Poisson arrivals at one of two rates, which take turns after exponentially distributed times (a
 * Markov-modulated Poisson process). The mean rate is `perSecond`.
 */
export function bursty(perSecond: number, { factor, share, meanMs }: Bursts): Gaps {
  const rates = [perSecond * (1 - share * factor) / (1 - share), perSecond * factor] as const;
  const means = [meanMs * (1 - share) / share, meanMs] as const;
  let state: 0 | 1 = 0;
  let left: number | undefined;
  return (random) => {
    left ??= random.exponential(means[state]);
    let gap = 0;
    while (true) {
      const next = random.exponential(1000 / rates[state]);
      if (next <= left) {
        left -= next;
        return gap + next;
      }
      // The exponential distribution has no memory: what is left of it is drawn anew.
      gap += left;
      state = state === 0 ? 1 : 0;
      left = random.exponential(means[state]);
    }
  };
}

/** Draws what a request brings. */
export type Bring = (random: Random) => readonly SimulatedItem[];

/** A kind of request in a mix. */
export interface RequestKind {
  readonly modality: Modality;
  /** Documents of it. */
  readonly items: number;
  /** Of the requests; 1 by default. */
  readonly share?: number;
}

const IMAGE: SimulatedItem = {
  item: { modality: "image", bytes: new Uint8Array(0) },
  length: 0,
};

/** Requests of some kinds, texts as long as real captions. */
export function requestsOf(kinds: readonly RequestKind[]): Bring {
  const texts = kinds.some(({ modality }) => modality === "text") ? captionItems() : [];
  const oneImage = [IMAGE];
  return (random) => {
    let drawn = kinds.length === 1 ? 0 : random.next();
    const kind = kinds.find(({ share = 1 }) => (drawn -= share) < 0) ?? kinds.at(-1)!;
    if (kind.modality === "image") {
      return kind.items === 1 ? oneImage : Array.from({ length: kind.items }, () => IMAGE);
    }
    return Array.from({ length: kind.items }, () => texts[random.below(texts.length)]!);
  };
}

let known: readonly SimulatedItem[] | undefined;

function captionItems(): readonly SimulatedItem[] {
  return known ??= captions().map(({ text, length }): SimulatedItem => ({
    item: { modality: "text", text },
    length,
  }));
}
