/** Gets and converts what a flow's executors open at their start, without starting any. */
import { dirname } from "node:path";
import type { ExecutorConfig, FlowConfig } from "../flow/config.ts";
import { readStoreSettings } from "../model/store/settings.ts";
import type { ProgressReporter } from "../model/store/progress.ts";
import { THIS_SYSTEM } from "../runtime/device.ts";
import type { DeviceSystem, DtypeName } from "../runtime/device_types.ts";
import type { Log } from "../telemetry/log.ts";
import { findPurpose, sessionThreads } from "./executor_device.ts";
import { type ModelLookups, prepareModel } from "./model_source.ts";
import { setUpSessions } from "./session_setup.ts";

/** What the preparation needs beside the flow. */
export interface FlowPreparation extends ModelLookups {
  log: Log;
  progress: ProgressReporter;
  /** What `device: auto` will be where the flow is served; by default what it is on this machine. */
  auto?: "cpu" | "gpu" | undefined;
  /** How devices are found; by default this machine's. */
  devices?: DeviceSystem;
  /** Ends downloads, waiting and conversions. */
  signal: AbortSignal;
}

/** An executor whose model is ready to be opened. */
export interface PreparedExecutor {
  name: string;
  model: string;
  target: "cpu" | "gpu";
  dtype: DtypeName;
  /** The folder of its graphs. */
  folder: string;
  /** Whether something was fetched or converted for it just now. */
  fresh: boolean;
}

/**
 * Prepares a flow's executors one after the other, as their start would. Several processes may
 * prepare into one cache: each thing is done by one of them, and the others wait for it.
 *
 * @throws {ClipError} as `startServer` for a model or a device that cannot be had; the signal's reason.
 */
export async function prepareFlow(
  flow: Pick<FlowConfig, "executors">,
  context: FlowPreparation,
): Promise<PreparedExecutor[]> {
  const prepared: PreparedExecutor[] = [];
  for (const config of flow.executors) {
    prepared.push(
      await prepareExecutor(config, { ...context, log: context.log.child(config.name) }),
    );
  }
  return prepared;
}

async function prepareExecutor(
  config: ExecutorConfig,
  context: FlowPreparation,
): Promise<PreparedExecutor> {
  const { log, auto, devices = THIS_SYSTEM, signal } = context;
  signal.throwIfAborted();
  const { target, dtype, device } = await findPurpose(config, auto, devices);
  log.info("Preparing", { model: config.encoder.name, target, dtype });
  const model = await prepareModel(config, { ...context, target, dtype });
  if (config.encoder.jit && device === undefined) {
    log.info("jit: the graphs are optimised at the first start, on the GPU, which is not here");
  } else if (config.encoder.jit) {
    const cacheRoot = (context.settings ?? readStoreSettings()).cache;
    await setUpSessions(config, device!, model, {
      log,
      cacheRoot,
      threads: sessionThreads(config),
    });
  }
  return {
    name: config.name,
    model: config.encoder.name,
    target,
    dtype,
    folder: dirname(model.files.textual),
    fresh: model.fresh,
  };
}
