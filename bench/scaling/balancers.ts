/** How a balancer chooses a pod. */
import type { Random } from "./random.ts";

/** The pods that balancers take for alive. */
export class Members {
  readonly #alive: Uint8Array;
  #list: number[] = [];

  /** @param most pods that there may ever be; the first `count` are alive. */
  constructor(most: number, count = most) {
    this.#alive = new Uint8Array(most).fill(1, 0, count);
    this.#rebuild();
  }

  /** Their numbers, in order. */
  get list(): readonly number[] {
    return this.#list;
  }

  /** Most that there may ever be. */
  get most(): number {
    return this.#alive.length;
  }

  /** A pod has come, or is gone. */
  set(pod: number, alive: boolean): void {
    this.#alive[pod] = alive ? 1 : 0;
    this.#rebuild();
  }

  #rebuild(): void {
    this.#list = [];
    for (let pod = 0; pod < this.#alive.length; pod++) {
      if (this.#alive[pod] === 1) this.#list.push(pod);
    }
  }
}

/** One balancer. */
export interface Balancer {
  /**
   * The pod for a request.
   * @param tried pods that have refused it.
   * @returns -1 if there is none.
   */
  choose(tried: readonly number[]): number;
  /** A request is on its way to a pod; or it has been answered. */
  began(pod: number): void;
  ended(pod: number): void;
}

/** Makes one balancer of several that are alike. */
export type Policy = (members: Members, random: Random) => Balancer;

/** Any. */
export const randomChoice: Policy = (members, random) => ({
  choose: (tried) => anyOf(members.list, tried, random),
  began() {},
  ended() {},
});

/** One after the other; each balancer begins somewhere else. */
export const roundRobin: Policy = (members, random) => {
  let next = random.below(members.most);
  return {
    choose(tried) {
      const { list } = members;
      for (let i = 0; i < list.length; i++) {
        const pod = list[next++ % list.length]!;
        if (!tried.includes(pod)) return pod;
      }
      return -1;
    },
    began() {},
    ended() {},
  };
};

/** The one of two at random that has fewer requests of this balancer's under way. */
export const twoChoices: Policy = (members, random) => {
  const counts = new Int32Array(members.most);
  return counting(counts, (tried) => lighterOfTwo(members.list, counts, tried, random));
};

/** The one that has fewest requests of this balancer's under way; among equals in turn. */
export const leastLoaded: Policy = (members, random) => {
  const counts = new Int32Array(members.most);
  let next = random.below(members.most);
  return counting(counts, (tried) => {
    const pod = lightest(members.list, counts, tried, next);
    next = pod + 1;
    return pod;
  });
};

/** What pods have told of their load, for all balancers the same until it is told again. */
export type Published = Float64Array;

/** The one that has told the least load; among equals in turn. */
export function leastPublished(published: Published): Policy {
  return (members, random) => {
    let next = random.below(members.most);
    return {
      choose(tried) {
        const pod = lightest(members.list, published, tried, next);
        next = pod + 1;
        return pod;
      },
      began() {},
      ended() {},
    };
  };
}

/** The one of two at random that has told less. */
export function twoChoicesPublished(published: Published): Policy {
  return (members, random) => ({
    choose: (tried) => lighterOfTwo(members.list, published, tried, random),
    began() {},
    ended() {},
  });
}

/**
 * Long connections, each to one pod for ever: balanced when they were made, one after the other
 * (`spread`) or at random. A request comes by any of them, and is not sent elsewhere.
 */
export function pinned(connections: number, spread: boolean): Policy {
  return (members, random) => {
    const { list } = members;
    const pods = Array.from(
      { length: connections },
      (_, i) => spread ? list[i % list.length]! : list[random.below(list.length)]!,
    );
    return {
      choose: (tried) => tried.length > 0 ? -1 : pods[random.below(connections)]!,
      began() {},
      ended() {},
    };
  };
}

function counting(counts: Int32Array, choose: Balancer["choose"]): Balancer {
  return {
    choose,
    began: (pod) => void counts[pod]!++,
    ended: (pod) => void counts[pod]!--,
  };
}

function anyOf(list: readonly number[], tried: readonly number[], random: Random): number {
  const left = tried.length === 0 ? list : list.filter((pod) => !tried.includes(pod));
  return left.length === 0 ? -1 : left[random.below(left.length)]!;
}

function lighterOfTwo(
  list: readonly number[],
  loads: ArrayLike<number>,
  tried: readonly number[],
  random: Random,
): number {
  const left = tried.length === 0 ? list : list.filter((pod) => !tried.includes(pod));
  if (left.length < 2) return left[0] ?? -1;
  const one = random.below(left.length);
  const other = (one + 1 + random.below(left.length - 1)) % left.length;
  const [a, b] = [left[one]!, left[other]!];
  return loads[b]! < loads[a]! ? b : a;
}

/** The first one with the least load, from a pod on. */
function lightest(
  list: readonly number[],
  loads: ArrayLike<number>,
  tried: readonly number[],
  from: number,
): number {
  const { length } = list;
  let best = -1;
  let least = Infinity;
  for (let i = 0, at = from % Math.max(1, length); i < length; i++, at++) {
    if (at === length) at = 0;
    const pod = list[at]!;
    const load = loads[pod]!;
    if (load >= least || (tried.length > 0 && tried.includes(pod))) continue;
    best = pod;
    least = load;
    if (load === 0) break;
  }
  return best;
}
