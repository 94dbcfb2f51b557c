/** Deployments of many kinds: what the exporter and the chart make of each is looked at. */
import { join } from "node:path";
import { planFlow } from "../../../src/cli/export/plan_flow.ts";
import type { DeploymentPlan } from "../../../src/deployment/plan.ts";
import type { PlanOptions } from "../../../src/deployment/plan/options.ts";

/** A plan by what is special about it. */
export type Deployments = ReadonlyMap<string, DeploymentPlan>;

type Options = Omit<PlanOptions, "programFolder">;

const BUILT_IN = ["torch-flow", "onnx-flow", "tensorrt-flow", "demo-flow", "search-flow"];

/** By processors: what the options say. */
const DEVICES: Readonly<Record<string, Options>> = { "on CPUs": {}, "on a GPU": { gpus: 1 } };

const REPLICAS: Readonly<Record<string, Options>> = {
  "one server": { replicas: { least: 1, most: 1 } },
  "three servers": { replicas: { least: 3, most: 3 } },
  "two to nine servers": { replicas: { least: 2, most: 9 } },
};

/** What follows the encoders of a built-in flow: an index of each kind, or none. */
const INDEXES: Readonly<Record<string, string>> = {
  "as it is": "",
  "with an embedded index": indexer("metric: cosine"),
  "with PostgreSQL": indexer("url: ${{ ENV.DATABASE_URL }}"),
};

const ENVIRONMENT = {
  DATABASE_URL: "postgresql://clip:secret@db.example:6432/clip",
  CLIP_NAME: "demo",
};

function indexer(setting: string): string {
  return `  - name: indexer
    uses:
      jtype: AnnLiteIndexer
      with:
        ${setting}
      metas:
        py_modules: [annlite.executor]
`;
}

/**
 * All built-in flows × processors × numbers of servers × indexes, as far as they can be; then what else
 * a flow or the options may say.
 * @param folder an empty one, for flows and files.
 */
export async function deployments(folder: string): Promise<Deployments> {
  const plans = new Map<string, DeploymentPlan>();
  for (const name of BUILT_IN) {
    for (const [which, index] of Object.entries(INDEXES)) {
      const path = withIndex(folder, name, which, index);
      if (path === undefined) continue;
      for (const [where, device] of Object.entries(DEVICES)) {
        for (const [count, replicas] of Object.entries(REPLICAS)) {
          if (name === "tensorrt-flow" && device.gpus === undefined) continue;
          const embedded = name === "search-flow" || which === "with an embedded index";
          if (embedded && replicas.replicas!.most > 1) continue;
          const title = `${name} ${which}, ${where}, ${count}`;
          plans.set(title, await planned(path, { ...device, ...replicas }));
        }
      }
    }
  }
  for (const [title, { flow, options }] of Object.entries(oddOnes(folder))) {
    const path = join(folder, `${title.replaceAll(/\W+/g, "-")}.yml`);
    Deno.writeTextFileSync(path, flow);
    plans.set(title, await planned(path, options));
  }
  return plans;
}

async function planned(path: string, options: Options): Promise<DeploymentPlan> {
  return (await planFlow(path, options, ENVIRONMENT)).plan;
}

/** The flow with an index behind it; undefined if it has one already and shall have another. */
function withIndex(
  folder: string,
  name: string,
  which: string,
  index: string,
): string | undefined {
  const builtIn = new URL(`../../../flows/${name}.yml`, import.meta.url);
  if (index === "") return `${name}.yml`;
  if (name === "search-flow") return undefined;
  const models = new URL("../../../models", import.meta.url).pathname;
  const text = Deno.readTextFileSync(builtIn).replace("../models", models);
  const path = join(folder, `${name} ${which}.yml`);
  Deno.writeTextFileSync(path, text + index);
  return path;
}

/** Flows and options that show in the objects. */
function oddOnes(folder: string): Record<string, { flow: string; options: Options }> {
  const file = (name: string) => {
    Deno.writeTextFileSync(join(folder, name), "x".repeat(40));
    return join(folder, name);
  };
  const tls = [`ssl_certfile: ${file("a.crt")}`, `ssl_keyfile: ${file("a.key")}`];
  const authority = `ssl_client_ca: ${file("ca.crt")}`;
  const both = ["protocol: [grpc, http]", "port: [51000, 51001]"];
  return {
    "gRPC over TLS": { flow: flowOf(["protocol: grpc", ...tls]), options: {} },
    "gRPC over TLS without metrics": {
      flow: flowOf(["protocol: grpc", "monitoring: false", ...tls]),
      options: {},
    },
    "client certificates": { flow: flowOf([...both, ...tls, authority]), options: {} },
    "TLS on 443": { flow: flowOf(["protocol: http", "port: 443", ...tls]), options: {} },
    "WebSocket alone": { flow: flowOf(["protocol: websocket", "port: 51001"]), options: {} },
    "no metrics": { flow: flowOf(["protocol: grpc", "monitoring: false"]), options: {} },
    "two servers without metrics": {
      flow: flowOf(["protocol: grpc", "monitoring: false"]),
      options: { replicas: { least: 2, most: 2 } },
    },
    "two servers without metrics, over TLS": {
      flow: flowOf(["protocol: grpc", "monitoring: false", ...tls]),
      options: { replicas: { least: 2, most: 2 } },
    },
    "keys in the flow": {
      flow: flowOf([...both, "api_keys: [abcdefghijklmnopqrstuvwxyz]"]),
      options: {},
    },
    "keys in files": {
      flow: flowOf([...both, `api_keys: [{ file: ${file("keys")} }, { file: ${file("more")} }]`]),
      options: {},
    },
    "variables": {
      flow: flowOf([...both, "title: ${{ ENV.CLIP_NAME }}"]),
      options: {
        variables: [
          { name: "SHUTDOWN_GRACE", value: "12" },
          { name: "CLIPLINE_MIRROR", value: "http://mirror.example:8080/" },
          { name: "HTTPS_PROXY", value: "http://user:password@proxy.example:3128" },
          { name: "LOG_FORMAT", value: "js\"on'" },
        ],
        variableSecrets: ["hub", "other.secret"],
      },
    },
    "two GPUs": {
      flow: flowOf(["protocol: grpc"], ["replicas: 2"]),
      options: { gpus: 2, image: "registry.example:5000/ml/clipline:cuda-12.4" },
    },
    "an image by its digest": {
      flow: flowOf(["protocol: grpc"]),
      options: { image: `registry.example/clipline@sha256:${"0123456789abcdef".repeat(4)}` },
    },
    "sizes and names": {
      flow: flowOf(["protocol: grpc", "port: 0"]),
      options: {
        name: "pictures-2",
        cpu: 2.5,
        memoryBytes: 5 * 2 ** 30 + 2 ** 20,
        cacheBytes: 12_345_678_901,
        cacheStorageClass: "efs.sc",
        replicas: { least: 1, most: 100 },
      },
    },
    "an account with a role, and no spare GPU": {
      flow: flowOf(["protocol: grpc"]),
      options: {
        gpus: 1,
        serviceAccount: { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/a" } },
        update: { maxSurge: 0 },
      },
    },
    "an account that is there": {
      flow: flowOf(["protocol: grpc"]),
      options: {
        serviceAccount: { name: "reader", token: true },
        update: { maxUnavailable: "25%" },
      },
    },
    "claims that are there": {
      flow: flowOf(["protocol: grpc"]),
      options: { cacheClaim: "weights", modelsClaim: "own-models" },
    },
    "an index of a size": {
      flow: flowOf(["protocol: http"]) + indexer("limit: 5"),
      options: { indexBytes: 300 * 2 ** 30, indexStorageClass: "fast" },
    },
    "patience without an end": {
      flow: flowOf(["protocol: grpc"], ["timeout_ready: 9007199254740991"]),
      options: {},
    },
    "patience and haste": {
      flow: flowOf(["protocol: grpc"], ["timeout_ready: 90001"], ["max_wait_ms: 333"]),
      options: {},
    },
  };
}

function flowOf(
  gateway: readonly string[],
  executor: readonly string[] = [],
  encoder: readonly string[] = [],
): string {
  const lines = (indent: string, all: readonly string[]) => all.map((line) => `${indent}${line}\n`);
  return `# a flow
jtype: Flow
with:
${lines("  ", gateway).join("")}executors:
  - name: clip_t
${lines("    ", executor).join("")}    uses:
      jtype: CLIPEncoder
      with:
        name: ViT-B-32::openai
${lines("        ", encoder).join("")}      metas:
        py_modules: [clip_server.executors.clip_torch]
`;
}
