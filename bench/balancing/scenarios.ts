/** What happens to servers behind a balancer, and what their clients have of it. */
import type { Balancer } from "./balancer.ts";
import type { ClipServer, Taken } from "./clip_server.ts";
import type { Ground } from "./ground.ts";
import { SHUTDOWN_DELAY_S } from "./ground.ts";
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

/** Each kind of client alone for a while: how its requests are spread. */
export async function spread(
  ground: Ground,
  balancer: Balancer,
  loads: readonly Load[],
  seconds: number,
  pressure: Pressure = { workers: 6, pauseMs: 0 },
): Promise<Spread[]> {
  const servers = ground.servers;
  const results: Spread[] = [];
  for (const load of loads) {
    const counts = () => Promise.all(servers.map((server) => server.taken()));
    const before = await counts();
    await load.begin({ url: ground.url(load, balancer), ...pressure });
    await pause(1000 * seconds);
    const calls = await load.end();
    const after = await counts();
    const of = (taken: Taken) => taken[PROTOCOL[load.scheme]] ?? 0;
    results.push({ load, calls, taken: after.map((taken, i) => of(taken) - of(before[i]!)) });
  }
  return results;
}

/** All kinds of clients at once, while something happens; resolves some time after it is over. */
export async function under(
  ground: Ground,
  balancer: Balancer,
  happens: () => Promise<void>,
  { workers, pauseMs }: Pressure = { workers: 4, pauseMs: 100 },
): Promise<Losses[]> {
  const { loads } = ground;
  await Promise.all(
    loads.map((load) => load.begin({ url: ground.url(load, balancer), workers, pauseMs })),
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
  return loads.map((load, i) => losses(load, ended[i]!, at));
}

function losses(load: Load, calls: readonly Call[], at: number): Losses {
  const tried = calls.filter(({ errors }) => errors.length > 0);
  const troubled = calls.filter((call) =>
    call.end > at && (call.errors.length > 0 || call.end - call.begin > HELD_UP_MS)
  );
  return {
    load,
    calls: calls.length,
    failedOnce: tried.length,
    failed: calls.filter(({ ok }) => !ok).length,
    reasons: [...new Set(tried.map(({ errors }) => errors[0]!))],
    troubleMs: Math.max(0, ...troubled.map(({ end }) => end - at)),
  };
}

/** One server dies under load, and comes back. */
export async function killed(ground: Ground, balancer: Balancer): Promise<Losses[]> {
  const [server] = ground.servers as [ClipServer];
  return await under(ground, balancer, async () => {
    server.signal("SIGKILL");
    await server.ended();
    await pause(CALM_MS);
    await server.start();
    await pause(CALM_MS);
  });
}

/** Every server is restarted in order, one after the other. */
export async function rolled(ground: Ground, balancer: Balancer): Promise<Losses[]> {
  return await under(ground, balancer, async () => {
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
export async function hung(ground: Ground, balancer: Balancer, ms: number): Promise<Losses[]> {
  const [server] = ground.servers as [ClipServer];
  try {
    return await under(ground, balancer, async () => {
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

/** A fourth server joins under load; its share of what comes then, by client. */
export async function joined(
  ground: Ground,
  balancer: Balancer,
  loads: readonly Load[],
  { seconds, settleMs, pressure }: { seconds: number; settleMs: number; pressure?: Pressure },
): Promise<Share[]> {
  const server = await ground.addServer();
  await server.start();
  await balancer.add(Number(server.host.address.split(".").at(-1)));
  await pause(settleMs);
  const spreads = await spread(ground, balancer, loads, seconds, pressure);
  return spreads.map(({ load, taken }) => ({
    load,
    share: taken.at(-1)! / taken.reduce((sum, one) => sum + one, 0),
  }));
}

/** How long a restart of one server takes to be seen, and the work to go on. */
export const LEAVING_MS = 1000 * SHUTDOWN_DELAY_S;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
