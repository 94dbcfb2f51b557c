/** `model prepare`: all that a flow's executors open, before it is served. */
import { systemClock } from "../../model/store/clock.ts";
import { lineProgress } from "../../model/store/progress.ts";
import { readStoreSettings } from "../../model/store/settings.ts";
import { prepareFlow } from "../../server/prepare_flow.ts";
import { resolveFlow } from "../flow_source.ts";
import { interruption } from "../jobs/interruption.ts";
import { openFlow } from "../open_flow.ts";
import type { Console } from "./console.ts";

/**
 * Prepares a flow and prints the folder of each executor's graphs.
 *
 * @param auto what `device: auto` will be where the flow is served
 * @throws {ClipError} "config" for a flow that is wrong; "model", "backend" or "unavailable" if a model
 * cannot be had.
 */
export async function prepareModels(
  console: Console,
  name: string,
  auto: "cpu" | "gpu" | undefined,
): Promise<number> {
  const began = performance.now();
  const { flow, log } = openFlow({ path: resolveFlow(name) });
  // As process 1 of a container it would not hear a signal that nobody listens to.
  using interrupted = interruption((line) => log.info(line));
  try {
    const prepared = await prepareFlow(flow, {
      log,
      progress: log.json ? lineProgress((line) => log.info(line), systemClock) : console.progress,
      settings: readStoreSettings(console.env),
      auto,
      signal: interrupted.signal,
    });
    for (const { folder } of prepared) console.out(folder);
    const fresh = prepared.filter((each) => each.fresh).length;
    const ms = Math.round(performance.now() - began);
    log.info(fresh === 0 ? "All that the flow opens was here" : "All that the flow opens is here", {
      executors: prepared.length,
      fresh,
      ms,
    });
    return 0;
  } catch (thrown) {
    if (interrupted.signal.aborted) return interrupted.exitCode;
    throw thrown;
  }
}
