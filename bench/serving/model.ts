/** The model of the serving bench: ViT-B/32's shapes with seeded random weights, made once. */
import { join } from "node:path";
import { tmpdir } from "node:os";
import { findModel } from "../../src/model/catalog/catalog.ts";
import { silentProgress } from "../../src/model/store/progress.ts";
import { loadFlow } from "../../src/flow/load.ts";
import type { ModelFiles } from "../../src/runtime/model.ts";
import { sessionConfig } from "../../src/runtime/session_config.ts";
import { prepareModel } from "../../src/server/model_source.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { writeRandomCheckpoint } from "../random_checkpoint.ts";
import { readStoreSettings } from "../../src/model/store/settings.ts";

/** A checkpoint with its converted graphs. */
export interface BenchModel {
  name: string;
  checkpoint: string;
  /** `CLIPLINE_CACHE` under which the converted graphs lie. */
  cache: string;
  files: ModelFiles;
  /** How the server opens its one session of each graph. */
  config: Record<string, string>;
}

/** Finds the model of earlier runs, or makes it (about a minute, 1 GB of disk). */
export async function benchModel(
  name = "ViT-B/32",
  dtype: "fp32" | "int8" = "fp32",
): Promise<BenchModel> {
  const found = findModel(name);
  if (!found.ok) throw new Error(found.message);
  const root = join(tmpdir(), "clipline-serving-bench", found.model.name.replace(/\W+/g, "-"));
  const checkpoint = join(root, "model.pt");
  const cache = join(root, "cache");
  await Deno.mkdir(root, { recursive: true });
  if (!await Deno.stat(checkpoint).catch(() => undefined)) {
    writeRandomCheckpoint(`${checkpoint}.part`, found.model.architecture);
    // A file that was just written is hashed at every start: its time stamp must be seconds old.
    await Deno.utime(`${checkpoint}.part`, new Date(0), new Date(0));
    await Deno.rename(`${checkpoint}.part`, checkpoint);
  }
  const text = benchFlow({ checkpoint, name: found.model.name }, {});
  const [config] = loadFlow({ text, name: "bench.yml" }, {}).executors;
  const { files } = await prepareModel(config!, {
    target: "cpu",
    dtype,
    log: SILENT_LOG,
    progress: silentProgress,
    settings: { ...readStoreSettings(), cache },
  });
  const sessions = sessionConfig({ target: "cpu", dtype, replicas: 1 });
  return { name: found.model.name, checkpoint, cache, files, config: sessions };
}

/** Settings of a flow: the keys of `uses.with` and of the gateway's `with`. */
export interface FlowSettings {
  encoder?: Record<string, unknown>;
  gateway?: Record<string, unknown>;
  replicas?: number;
}

/** A flow that serves the model, as JSON, which is YAML. */
export function benchFlow(
  { checkpoint, name }: { checkpoint: string; name: string },
  settings: FlowSettings,
): string {
  return JSON.stringify({
    jtype: "Flow",
    with: { host: "127.0.0.1", ...settings.gateway },
    executors: [{
      name: "bench",
      replicas: settings.replicas ?? 1,
      uses: {
        jtype: "CLIPEncoder",
        with: {
          name,
          model_path: checkpoint,
          device: "cpu",
          // What is measured is how much is served, however long it waits.
          max_wait_ms: 0,
          ...settings.encoder,
        },
        metas: { py_modules: ["clip_server.executors.clip_torch"] },
      },
    }],
  });
}
