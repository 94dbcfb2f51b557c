/** Writes what the engine of one executor does into the log. */
import { type EngineObserver, NO_OBSERVER } from "./engine_observer.ts";
import type { Log } from "./log.ts";

/** An observer that logs each minibatch and what is refused, at `DEBUG`; else one that looks away. */
export function engineLog(log: Log): EngineObserver {
  if (!log.enabled("DEBUG")) return NO_OBSERVER;
  return {
    ...NO_OBSERVER,
    computed(replica, modality, items, fill, padding, ms) {
      log.debug("Minibatch computed", {
        replica,
        modality,
        items,
        fill: hundredths(fill),
        padding: modality === "text" ? hundredths(padding) : undefined,
        ms: Math.round(10 * ms) / 10,
      });
    },
    rejected: (items, bound) => log.debug("Items refused", { items, bound }),
  };
}

function hundredths(share: number): number {
  return Math.round(100 * share) / 100;
}
