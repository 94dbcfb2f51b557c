/** An executor as the server starts it, for benches. */
import { ClipError } from "../src/errors.ts";
import type { EncodeItem } from "../src/model/item.ts";
import { NO_OBSERVER } from "../src/telemetry/engine_observer.ts";
import { loadFlow } from "../src/flow/load.ts";
import type { Executor } from "../src/service/executors.ts";
import { silentProgress } from "../src/model/store/progress.ts";
import { startExecutor, WORKER_URLS } from "../src/server/executor.ts";
import { SILENT_LOG } from "../src/telemetry/log.ts";

/** What the flow says of the model. */
export interface BenchModel {
  name: string;
  path: string;
  runtime: "torch" | "onnx";
  dtype?: "fp32" | "int8";
  minibatchSize: number;
}

/** The engine of an executor. */
export type BenchEncoder = Executor["encoder"];

/** Starts an executor with one replica; the milliseconds it took. */
export async function startBenchExecutor(
  { name, path, runtime, dtype = "fp32", minibatchSize }: BenchModel,
): Promise<{ encoder: BenchEncoder; startMs: number }> {
  const flow = JSON.stringify({
    jtype: "Flow",
    executors: [{
      name: "bench",
      uses: {
        jtype: "CLIPEncoder",
        with: {
          name,
          model_path: path,
          dtype,
          device: "cpu",
          minibatch_size: minibatchSize,
          num_worker_preprocess: 1,
        },
        metas: { py_modules: [`clip_server.executors.clip_${runtime}`] },
      },
    }],
  });
  const [config] = loadFlow({ text: flow, name: "bench.yml" }, {}).executors;
  const start = performance.now();
  const { encoder } = await startExecutor(config!, {
    log: SILENT_LOG,
    progress: silentProgress,
    observer: NO_OBSERVER,
    workers: WORKER_URLS,
  });
  return { encoder, startMs: performance.now() - start };
}

/** Embeds all. @throws {ClipError} if one of them cannot be. */
export async function embedAll(
  encoder: BenchEncoder,
  items: readonly EncodeItem[],
): Promise<Float32Array[]> {
  return (await encoder.encode(items)).map((result) => {
    if (result instanceof ClipError) throw result;
    return result;
  });
}
