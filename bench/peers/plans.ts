/** How each contestant is started: every one as its own documentation starts it, on the same cores. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchFlow, type BenchModel } from "../serving/model.ts";
import type { Environments } from "./environment.ts";
import type { ServerPlan } from "./server_contestant.ts";
import { type PeerWeights, pythonFile } from "./weights.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** What all plans need. */
export interface Ground {
  model: BenchModel;
  environments: Environments;
  weights: PeerWeights;
  /** Folder of the flows. */
  folder: string;
  /** The servers' cores, as taskset names them; all of the machine's if not given. */
  cores?: string;
}

/** This project, `deno task serve`, in a number format. */
export async function ours(ground: Ground, dtype: "fp32" | "int8"): Promise<ServerPlan> {
  const { model, folder } = ground;
  const port = freePort();
  const flow = join(folder, `ours-${dtype}.yml`);
  const gateway = { protocol: "http", port };
  await Deno.writeTextFile(flow, benchFlow(model, { encoder: { dtype }, gateway }));
  const permissions = ["net", "read", "write", "env", "sys", "ffi"].map((name) =>
    `--allow-${name}`
  );
  return {
    name: `clipline, ${dtype}`,
    command: pinned(ground, [Deno.execPath(), "run", "--no-prompt", ...permissions, MAIN, flow]),
    env: { CLIPLINE_CACHE: model.cache, JINA_LOG_LEVEL: "WARNING", NO_COLOR: "1" },
    protocol: "http",
    address: `127.0.0.1:${port}`,
  };
}

/** clip_server with one of its runtimes, over gRPC, which is what it speaks by itself. */
export async function clipServer(ground: Ground, runtime: "torch" | "onnx"): Promise<ServerPlan> {
  const { environments, weights, folder } = ground;
  const port = freePort();
  const flow = join(folder, `clip_server-${runtime}.yml`);
  const [module, settings] = runtime === "torch"
    ? [pythonFile("clip_torch_local.py"), {}]
    : ["clip_server.executors.clip_onnx", { model_path: weights.onnx }];
  await Deno.writeTextFile(
    flow,
    JSON.stringify({
      jtype: "Flow",
      version: "1",
      with: { port, host: "127.0.0.1" },
      executors: [{
        name: "clip",
        uses: { jtype: "CLIPEncoder", with: settings, metas: { py_modules: [module] } },
        timeout_ready: 3000000,
        replicas: 1,
      }],
    }),
  );
  const python = environments.program("clip_server", "python");
  return {
    name: `clip_server 0.8.3, ${runtime}`,
    command: pinned(ground, [python, "-W", "ignore", "-m", "clip_server", flow]),
    env: { HOME: weights.home, NO_VERSION_CHECK: "1", JINA_OPTOUT_TELEMETRY: "1" },
    protocol: "grpc",
    address: `127.0.0.1:${port}`,
  };
}

/** infinity with its torch engine, the one that it has for CLIP. */
export function infinity(ground: Ground): ServerPlan {
  const { environments, weights } = ground;
  const port = String(freePort());
  const program = environments.program("infinity", "infinity_emb");
  const where = ["--engine", "torch", "--device", "cpu", "--dtype", "float32"];
  const model = ["--model-id", weights.huggingFace, "--served-model-name", "clip"];
  const host = ["--host", "127.0.0.1", "--port", port];
  return {
    name: "infinity 0.0.78, torch",
    command: pinned(ground, [program, "v2", ...model, ...where, ...host]),
    env: { HOME: weights.home, HF_HUB_OFFLINE: "1", DO_NOT_TRACK: "1" },
    protocol: "openai",
    address: `127.0.0.1:${port}`,
  };
}

/** open_clip's loop: its command line and environment. */
export function openClipLoop(ground: Ground): {
  command: readonly [string, ...string[]];
  env: Record<string, string>;
} {
  const { environments, weights } = ground;
  const python = environments.program("infinity", "python");
  const script = pythonFile("open_clip_loop.py");
  return {
    command: pinned(ground, [python, "-W", "ignore", script, weights.checkpoint]),
    env: { HOME: weights.home, HF_HUB_OFFLINE: "1" },
  };
}

function pinned(
  { cores }: Ground,
  command: [string, ...string[]],
): readonly [string, ...string[]] {
  return ["taskset", "--cpu-list", cores ?? `0-${availableParallelism() - 1}`, ...command];
}

function freePort(): number {
  const listener = Deno.listen({ port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
