/** How an executor's sessions are opened on the device that was chosen, and that it works there. */
import type { ExecutorConfig } from "../flow/config.ts";
import { DeviceLock, webgpuLockMemory } from "../runtime/device_lock.ts";
import type { DeviceChoice } from "../runtime/device_types.ts";
import type { ModelFiles, OpenModelOptions } from "../runtime/model.ts";
import { optimizeModel } from "../runtime/optimized_graph.ts";
import { checkPlacement } from "../runtime/placement.ts";
import { MAIN_THREAD_OWNER } from "../runtime/probe.ts";
import { sessionConfig } from "../runtime/session_config.ts";
import { gpuBuckets } from "../runtime/shape_policy.ts";
import type { Log } from "../telemetry/log.ts";
import type { PreparedModel } from "./model_source.ts";

/** What the set-up is told. */
export interface SetupContext {
  log: Log;
  /** Directory of the cache, for optimised graphs. */
  cacheRoot: string;
  /** Threads of one session. */
  threads: number;
}

/** How each replica opens the model. */
export type SessionSetup = (replica: number) => OpenModelOptions;

/** Owners of the device lock: one for every replica of the process. */
let nextOwner = 1;

/**
 * Settles the sessions' options. On a GPU it opens the model once to see what runs where.
 * @throws {ClipError} "backend" if the device does not take the model's heavy operators.
 */
export async function setUpSessions(
  config: ExecutorConfig,
  device: DeviceChoice,
  model: PreparedModel,
  context: SetupContext,
): Promise<SessionSetup> {
  const { log, threads } = context;
  const { encoder, replicas } = config;
  const entries = sessionConfig({ target: device.target, dtype: model.dtype, replicas });
  const owner = nextOwner;
  nextOwner += replicas;
  const common = { threads, config: entries };
  const lock = (holder: number) =>
    device.serial ? { lock: { memory: webgpuLockMemory(), owner: holder } } : {};
  const onMain = { ...common, ...lock(MAIN_THREAD_OWNER), providers: device.providers(0) };
  const files = encoder.jit ? await optimized(model.files, onMain, context) : model.files;
  const gpu = device.target === "gpu";
  if (gpu) {
    for (const line of await checkPlacement({ ...onMain, model: files })) log.info(line);
  }
  const buckets = gpu ? { buckets: gpuBuckets(encoder.minibatchSize, files.contextLength) } : {};
  return (replica) => {
    // A replica that was ended inside a run holds the lock still.
    if (device.serial) new DeviceLock(webgpuLockMemory(), owner + replica).release();
    return {
      ...common,
      ...buckets,
      ...lock(owner + replica),
      model: files,
      providers: device.providers(replica),
    };
  };
}

async function optimized(
  files: ModelFiles,
  options: Omit<Parameters<typeof optimizeModel>[1], "cacheRoot">,
  { log, cacheRoot }: SetupContext,
): Promise<ModelFiles> {
  const began = performance.now();
  const result = await optimizeModel(files, { ...options, cacheRoot });
  if ("unchanged" in result) {
    log.warn(`jit: the graphs are optimised at every start: ${result.unchanged}`);
    return files;
  }
  const ms = Math.round(performance.now() - began);
  log.info(result.fresh ? "jit: graphs optimised and kept" : "jit: optimised graphs found", { ms });
  return result.files;
}
