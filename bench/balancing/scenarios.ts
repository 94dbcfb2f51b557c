/** What happens to servers behind a balancer, and what their clients have of it. */
import type { Balancer } from "./balancer.ts";
import type { ClipServer, Taken } from "./clip_server.ts";
import type { Ground } from "./ground.ts";
import type { Call, Load } from "./load.ts";

/** The servers' name of a protocol. */
const PROTOCOL = { http: "http", ws: "websocket", grpc: "grpc" } as const;

/** Of one kind of client over one protocol. */
export interface Spread {
  load: Load;
  /** Requests that each server took. */
  taken: number[];
  calls: Call[];
}

/** What a kind of client had of something that happened. */
export interface Losses {
  load: Load;
  balancer: Balancer;
  calls: number;
  /** Calls whose first try failed: what is lost without the client's own tries. */
  failedOnce: number;
  /** Calls that were never answered. */
  failed: number;
  /** What the first tries failed of, each once. */
  reasons: string[];
  /** End of the last call that needed another try or took far too long, ms after the event. */
  troubleMs: number;
}

/** How load is put on. */
export interface Pressure {
  workers: number;
  pauseMs: number;
}

/** A call that takes longer than this was held up, milliseconds. */
const HELD_UP_MS = 1500;
/** Load before and after what happens. */
const CALM_MS = 1500;

/** Busiest over mean. */
export function evenness(taken: readonly number[]): number {
  const mean = taken.reduce((sum, one) => sum + one, 0) / taken.length;
  return Math.max(...taken) / mean;
}

/** Clients with pauses: a server that is slow for a moment is spared, which is not what is measured. */
const EASY: Pressure = { workers: 6, pauseMs: 40 };

/** Each kind of client for a while, over all protocols at once: how their requests are spread. */
export async function spread(
  ground: Ground,
  balancer: Balancer,
  loads: readonly Load[],
  seconds: number,
): Promise<Spread[]> {
  const results: Spread[] = [];
  for (const group of Map.groupBy(loads, ({ client }) => client).values()) {
    const before = await counts(ground);
    for (const load of group) await load.begin({ urls: [ground.url(load, balancer)], ...EASY });
    await pause(1000 * seconds);
    const calls = await Promise.all(group.map((load) => load.end()));
    const after = await counts(ground);
    for (const [i, load] of group.entries()) {
      const taken = after.map((now, at) => of(now, load) - of(before[at]!, load));
      results.push({ load, calls: calls[i]!, taken });
    }
  }
  return results;
}

/** What each server has taken. */
async function counts({ servers }: Ground): Promise<Taken[]> {
  return await Promise.all(servers.map((server) => server.taken()));
}

/**
 * All kinds of clients at once, by each of the balancers, while something happens; resolves some
 * time after it is over.
 */
export async function under(
  ground: Ground,
  balancers: readonly Balancer[],
  happens: () => Promise<void>,
  { workers, pauseMs }: Pressure = { workers: 3, pauseMs: 150 },
): Promise<Losses[]> {
  const { loads } = ground;
  await Promise.all(
    loads.map((load) => {
      const urls = balancers.map((balancer) => ground.url(load, balancer));
      return load.begin({ urls, workers, pauseMs });
    }),
  );
  await pause(CALM_MS);
  const at = Date.now();
  let ended: Call[][];
  try {
    await happens();
    await pause(CALM_MS);
  } finally {
    ended = await Promise.all(loads.map((load) => load.end()));
  }
  return balancers.flatMap((balancer) =>
    loads.map((load, i) => {
      const url = ground.url(load, balancer);
      return { load, balancer, ...losses(ended[i]!.filter((call) => call.url === url), at) };
    })
  );
}

function losses(calls: readonly Call[], at: number): Omit<Losses, "load" | "balancer"> {
  const tried = calls.filter(({ errors }) => errors.length > 0);
  const troubled = calls.filter((call) =>
    call.end > at && (call.errors.length > 0 || call.end - call.begin > HELD_UP_MS)
  );
  return {
    calls: calls.length,
    failedOnce: tried.length,
    failed: calls.filter(({ ok }) => !ok).length,
    reasons: [...new Set(tried.map(({ errors }) => errors[0]!))],
    troubleMs: Math.max(0, ...troubled.map(({ end }) => end - at)),
  };
}

/** One server dies under load, and comes back. */
export async function killed(
  ground: Ground,
  balancers: readonly Balancer[],
  pressure?: Pressure,
): Promise<Losses[]> {
  const [server] = ground.servers as [ClipServer];
  const die = async () => {
    server.signal("SIGKILL");
    await server.ended();
    await pause(CALM_MS);
    await server.start();
    await pause(CALM_MS);
  };
  return await under(ground, balancers, die, pressure);
}

/** Every server is restarted in order, one after the other. */
export async function rolled(ground: Ground, balancers: readonly Balancer[]): Promise<Losses[]> {
  return await under(ground, balancers, async () => {
    for (const server of ground.servers) {
      server.signal("SIGTERM");
      const code = await server.ended();
      if (code !== 0) throw new Error(`${server.host.name} ended with ${code}`);
      await server.start();
      // For the balancer to see that it is back.
      await pause(CALM_MS);
    }
  });
}

/** One server hangs for so long, and goes on. */
export async function hung(
  ground: Ground,
  balancers: readonly Balancer[],
  ms: number,
): Promise<Losses[]> {
  const [server] = ground.servers as [ClipServer];
  try {
    return await under(ground, balancers, async () => {
      server.signal("SIGSTOP");
      await pause(ms);
    });
  } finally {
    server.signal("SIGCONT");
  }
}

/** What a server that joined takes of all. */
export interface Share {
  load: Load;
  /** Of the requests after it joined, between 0 and 1. */
  share: number;
}

/**
 * The last server becomes one of the balancer's while a kind of client is at work; its share of what
 * comes in the second half of the time.
 */
export async function joined(
  ground: Ground,
  balancer: Balancer,
  loads: readonly Load[],
  seconds: number,
): Promise<Share[]> {
  for (const load of loads) await load.begin({ urls: [ground.url(load, balancer)], ...EASY });
  await balancer.add(ground.servers.at(-1)!.host);
  await pause(500 * seconds);
  const before = await counts(ground);
  await pause(500 * seconds);
  const after = await counts(ground);
  for (const load of loads) await load.end();
  return loads.map((load) => {
    const taken = after.map((now, i) => of(now, load) - of(before[i]!, load));
    return { load, share: taken.at(-1)! / taken.reduce((sum, one) => sum + one, 0) };
  });
}

function of(taken: Taken, { scheme }: Load): number {
  return taken[PROTOCOL[scheme]] ?? 0;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
