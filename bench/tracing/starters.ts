/** The servers of the tracing benches, by the model behind them. */
import { fileURLToPath } from "node:url";
import { freeModel } from "../gateway/free_model.ts";
import type { GatewayProtocol } from "../gateway/requests.ts";
import { benchFlow, benchModel } from "../serving/model.ts";
import { Served } from "../serving/served.ts";

/** Starts a tree's server. */
export type Start = (
  main: string,
  env: Record<string, string>,
  protocols: readonly GatewayProtocol[],
) => Promise<Served>;

async function withoutWork(): Promise<Start> {
  const model = await freeModel();
  return (main, env, protocols) => Served.startFiles(model, { main, env, protocols, replicas: 1 });
}

function withDemo(): Start {
  const model = fileURLToPath(new URL("../../models/demo", import.meta.url));
  return (main, env, protocols) =>
    Served.startFiles(model, { main, env, protocols, replicas: 1, runtime: "clip_torch" });
}

async function withClip(): Promise<Start> {
  const model = await benchModel();
  return (main, env, protocols) =>
    Served.startFlow(protocols, (gateway) => benchFlow(model, { gateway }), {
      main,
      env: { ...env, CLIPLINE_CACHE: model.cache },
    });
}

/** What starts servers of `free`, `demo` or `vit-b32`, which every other word stands for. */
export async function starterOf(model: string): Promise<Start> {
  if (model === "free") return await withoutWork();
  return model === "demo" ? withDemo() : await withClip();
}
