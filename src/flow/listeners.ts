/** Protocols and ports of a flow -> what listens where. */
import { DEFAULT_PORT, type Protocol } from "./gateway_keys.ts";
import type { Position, Report } from "./problem.ts";

/** One protocol at one port. `http` and `websocket` of equal port (not 0) share one listener. */
export interface Listener {
  protocol: Protocol;
  /** 0: the system chooses. */
  port: number;
}

/** Where the two keys stand. */
export interface ListenerPlaces {
  protocol: { at: Position; path: string };
  port: { at: Position; path: string };
}

/**
 * Pairs protocols with ports in order. One port for `http` and `websocket` together is shared, as
 * Jina's composite gateway may do it; no port at all means 51000 and up.
 */
export function pairListeners(
  protocols: readonly Protocol[],
  ports: readonly number[] | null,
  places: ListenerPlaces,
  report: Report,
): Listener[] {
  const twice = protocols.find((protocol, index) => protocols.indexOf(protocol) !== index);
  if (twice !== undefined) {
    const { at, path } = places.protocol;
    report.problem(at, path, `'${twice}' stands twice; expected each protocol once`);
    return [];
  }
  const count = protocols.length;
  const given = ports === null
    ? protocols.map((_, index) => DEFAULT_PORT + index)
    : ports.length === 1 && count === 2 && !protocols.includes("grpc")
    ? [ports[0]!, ports[0]!]
    : ports;
  const { at, path } = places.port;
  if (given.length !== count) {
    report.problem(
      at,
      path,
      `${plural(given.length, "port")} for ${plural(count, "protocol")} (${
        protocols.join(", ")
      }); ` +
        "expected one port for each (http and websocket may share one)",
    );
    return [];
  }
  const listeners = protocols.map((protocol, index) => ({ protocol, port: given[index]! }));
  for (const [index, { port, protocol }] of listeners.entries()) {
    const other = listeners.slice(0, index).find((one) => one.port === port && port !== 0);
    if (other !== undefined && (other.protocol === "grpc" || protocol === "grpc")) {
      report.problem(
        at,
        path,
        `${port} is the port of both ${other.protocol} and ${protocol}; expected another for grpc, ` +
          "which cannot share one",
      );
    }
  }
  return listeners;
}

/**
 * The same listeners on other ports: the first port becomes `first`, the next one the number after
 * it, and so on; those that share one go on sharing it. 0 lets the system choose each.
 */
export function movePorts(listeners: readonly Listener[], first: number): Listener[] {
  const moved = new Map<number | symbol, number>();
  return listeners.map(({ protocol, port }) => {
    const key = port === 0 ? Symbol() : port;
    const next = moved.get(key) ?? (first === 0 ? 0 : first + moved.size);
    moved.set(key, next);
    return { protocol, port: next };
  });
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
