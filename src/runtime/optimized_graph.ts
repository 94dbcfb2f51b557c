/**
 * `jit: true`: ONNX Runtime's fully optimised graph, computed once and kept, so that later starts
 * skip the optimiser. It fits one provider of one version on one kind of CPU, which is its key; how
 * many threads there are does not matter.
 */
import { basename, dirname, join } from "node:path";
import { createHash } from "node:crypto";
import { ClipError } from "../errors.ts";
import { withFileLock } from "../file_lock.ts";
import { TEXT_GRAPH_NAME, VISION_GRAPH_NAME } from "../graph/manifest.ts";
import { cpuIdentity } from "./cpu_features.ts";
import type { ModelFiles } from "./model.ts";
import { type ProviderChoice, runtimeVersion, Session, type SessionOptions } from "./session.ts";

/** Raised when what is written changes. */
const FORMAT = 1;
/** Tensors from this size on go beside the graph: protobuf ends at 2 GB. */
const EXTERNAL_FROM_BYTES = 1024;
const TOWERS = ["textual", "visual"] as const;

/** Directory in the cache. */
export const OPTIMIZED_FOLDER = "optimized";
/** Says what the graphs were made from, for those who clear the cache. */
export const ORIGIN_NAME = "origin.json";

/** The content of `ORIGIN_NAME`. */
export interface OptimizedOrigin {
  /** Version of ONNX Runtime. */
  runtime: string;
  /** The directory of the plain graphs. */
  source: string;
}

/** How graphs are optimised. */
export interface OptimizeOptions {
  providers: readonly ProviderChoice[];
  threads: number;
  /** ONNX Runtime's configuration entries. */
  config: Readonly<Record<string, string>>;
  /** For devices that one session may use at a time. */
  lock?: SessionOptions["lock"];
  /** Directory of the cache. */
  cacheRoot: string;
}

/** The optimised model, or why there is none. */
export type OptimizedModel =
  | { files: ModelFiles; fresh: boolean }
  | { unchanged: string };

/**
 * The model with optimised graphs: from the cache, or optimised into it, by one process at a time.
 * Providers that compile (TensorRT) cannot be saved.
 */
export async function optimizeModel(
  files: ModelFiles,
  options: OptimizeOptions,
): Promise<OptimizedModel> {
  const provider = options.providers[0]!.name;
  if (provider === "tensorrt") {
    return { unchanged: "TensorRT's compiled graphs cannot be saved by ONNX Runtime" };
  }
  const directory = join(options.cacheRoot, OPTIMIZED_FOLDER, await cacheKey(files, options));
  const optimized: ModelFiles = {
    ...files,
    textual: join(directory, TEXT_GRAPH_NAME),
    visual: join(directory, VISION_GRAPH_NAME),
    alreadyOptimized: true,
  };
  if (await exists(directory)) return { files: optimized, fresh: false };
  return await withFileLock(`${directory}.lock`, async (alone) => {
    if (await exists(directory)) return { files: optimized, fresh: false };
    if (!alone) return { unchanged: `the file system of ${directory} has no locks` };
    const work = `${directory}.part`;
    // Only the holder of the lock writes here: what is there was left by one that was killed.
    await Deno.remove(work, { recursive: true }).catch(() => undefined);
    await Deno.mkdir(work, { recursive: true });
    try {
      for (const tower of TOWERS) {
        await optimize(files[tower], join(work, `${tower}.onnx`), options);
      }
      const origin: OptimizedOrigin = {
        runtime: runtimeVersion(),
        source: await Deno.realPath(dirname(files.textual)),
      };
      await Deno.writeTextFile(join(work, ORIGIN_NAME), JSON.stringify(origin));
      await Deno.rename(work, directory);
    } catch (thrown) {
      await Deno.remove(work, { recursive: true }).catch(() => undefined);
      return { unchanged: ClipError.wrap(thrown).message };
    }
    return { files: optimized, fresh: true };
  });
}

/** Writes the optimised graph and opens it once: what does not load is not kept. */
async function optimize(from: string, to: string, options: OptimizeOptions): Promise<void> {
  const { providers, threads, config, lock } = options;
  const common: SessionOptions = { providers, threads, ...(lock === undefined ? {} : { lock }) };
  const written = await Session.open(from, {
    ...common,
    optimizedModelPath: to,
    config: {
      ...config,
      "session.optimized_model_external_initializers_file_name": `${basename(to)}.data`,
      "session.optimized_model_external_initializers_min_size_in_bytes": `${EXTERNAL_FROM_BYTES}`,
    },
  });
  await written.release();
  const again = await Session.open(to, { ...common, config, alreadyOptimized: true });
  await again.release();
}

async function cacheKey(files: ModelFiles, options: OptimizeOptions): Promise<string> {
  const provider = options.providers[0]!.name;
  const parts = [
    FORMAT,
    runtimeVersion(),
    Deno.build.target,
    provider,
    options.config,
    provider === "cpu" ? cpuIdentity() : "",
    await folderIdentity(dirname(files.textual)),
    dirname(files.visual) === dirname(files.textual)
      ? ""
      : await folderIdentity(dirname(files.visual)),
    basename(files.textual),
    basename(files.visual),
  ];
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
  return `${hash}-${provider}`;
}

/**
 * Names, sizes and times of the files beside a graph, its weights among them, by which a change is
 * noticed without reading gigabytes.
 */
async function folderIdentity(directory: string): Promise<string> {
  const lines: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    if (!entry.isFile && !entry.isSymlink) continue;
    const stat = await Deno.stat(join(directory, entry.name)).catch(() => undefined);
    if (stat) lines.push(`${entry.name} ${stat.size} ${stat.mtime?.getTime()} ${stat.ino}`);
  }
  return [await Deno.realPath(directory), ...lines.sort()].join("\n");
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
