/** Who does the jobs: the bare session, `encode` in its own process or by a server, open_clip. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseProcStat, treeCpuSeconds } from "../process_cost.ts";
import type { BareAnswer, BareTask } from "../serving/bare_step.ts";
import { JsonProcess } from "../serving/json_process.ts";
import { benchFlow, type BenchModel } from "../serving/model.ts";
import { Served } from "../serving/served.ts";
import type { Kind, Slice } from "./inputs.ts";

/** What a job took. */
export interface Taken {
  items: number;
  /** Without the model's loading. */
  seconds: number;
  /** Of all processes that work for it, with the start of those that are started for the job. */
  cpuSeconds: number;
  /** From the start of a program to its end, for those that are started for each job. */
  wholeSeconds?: number;
}

/** Someone who does jobs. */
export interface Contestant {
  readonly name: string;
  /** The `.npy` file that a run leaves, if it writes one. */
  readonly matrix?: string;
  run(kind: Kind, slice: Slice): Promise<Taken>;
  close(): Promise<void>;
}

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const BARE = new URL("../serving/bare_step.ts", import.meta.url);

/** Where `encode` writes to, anew for each job. */
const OUT = "out";

/** The engine's own minibatches. */
const MINIBATCH = 32;

/** The bare session, inputs tokenized and decoded beforehand; what is timed is its runs. */
export async function openBare(
  { files, config }: BenchModel,
  threads: number,
): Promise<Contestant> {
  const bare = new JsonProcess(BARE);
  const ask = async (task: BareTask) => await bare.ask<BareAnswer>(task);
  await ask({ do: "open", model: files, threads, config });
  return {
    name: "bare session",
    run: async (kind, { count, path }) => {
      const before = treeCpuSeconds(bare.pid);
      const { perSecond } = await ask({
        do: "run",
        batch: MINIBATCH,
        from: 0,
        seconds: 0,
        items: count,
        ...(kind === "captions" ? { modality: "text", lines: path } : { modality: "image" }),
      });
      const cpuSeconds = treeCpuSeconds(bare.pid) - before;
      return { items: count, seconds: count / perSecond, cpuSeconds };
    },
    close: () => bare.close(),
  };
}

/** `encode` as users start it, the model in its own process. */
export async function encodeHere(model: BenchModel, folder: string): Promise<Contestant> {
  const flow = join(folder, "flow.yml");
  await Deno.writeTextFile(flow, benchFlow(model, {}));
  return {
    name: "encode",
    matrix: matrixIn(folder),
    run: async (_, { path }) =>
      await encodeCommand(["--flow", flow], path, folder, { CLIPLINE_CACHE: model.cache }),
    close: async () => {},
  };
}

/** `encode` by a server on this machine, over gRPC. */
export async function encodeByServer(model: BenchModel, folder: string): Promise<Contestant> {
  const server = await Served.start(model, ["grpc"]);
  const url = `grpc://${server.addresses.grpc}`;
  return {
    name: "encode --server",
    matrix: matrixIn(folder),
    run: async (_, { path }) => {
      const before = treeCpuSeconds(server.pid);
      const taken = await encodeCommand(["--server", url], path, folder, {});
      const cpuSeconds = taken.cpuSeconds + treeCpuSeconds(server.pid) - before;
      return { ...taken, cpuSeconds };
    },
    close: () => server.stop(),
  };
}

function matrixIn(folder: string): string {
  return join(folder, OUT, "embeddings_0.npy");
}

async function encodeCommand(
  words: readonly string[],
  input: string,
  folder: string,
  env: Record<string, string>,
): Promise<Taken> {
  const out = join(folder, OUT);
  await Deno.remove(out, { recursive: true }).catch(() => undefined);
  const args = ["run", "-A", "--no-check", MAIN, "encode", input, "--out", out, ...words];
  const [cpu, began] = [endedChildrenSeconds(), performance.now()];
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [...args, "--json", "--quiet"],
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`encode ended with code ${code}`);
  const wholeSeconds = (performance.now() - began) / 1000;
  const summary: { embedded: number; seconds: number } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  return {
    items: summary.embedded,
    seconds: summary.seconds,
    cpuSeconds: endedChildrenSeconds() - cpu,
    wholeSeconds,
  };
}

function endedChildrenSeconds(): number {
  return parseProcStat(Deno.readTextFileSync("/proc/self/stat")).endedChildrenSeconds;
}

/** How open_clip's loop is started and how it goes on. */
export interface LoopPlan {
  command: readonly [string, ...string[]];
  env: Record<string, string>;
  batch: number;
  /** Processes that read and prepare. */
  workers: number;
  /** The part of each job that it does: it is slow. */
  share: number;
}

/** open_clip in a loop with a loader of PyTorch's, writing the same `.npy`. */
export function openLoop(plan: LoopPlan, folder: string): Contestant {
  const loop = new JsonProcess(plan.command, plan.env);
  const { batch, workers, share } = plan;
  const matrix = join(folder, "open_clip.npy");
  return {
    name: "open_clip",
    matrix,
    run: async (kind, { path, count }) =>
      await loop.ask<Taken>({
        ...(kind === "captions" ? { texts: path } : { images: path }),
        count: Math.max(1, Math.round(count * share)),
        batch,
        workers,
        out: matrix,
      }),
    close: () => loop.close(),
  };
}
