/** What the model of a job takes: in the job's own processes, or nothing where servers embed. */
import type { PlanOptions } from "../../../deployment/plan/options.ts";
import { cacheBytesOf, resourcesOf } from "../../../deployment/plan/resources.ts";
import type { DeploymentPlan, PlannedResources } from "../../../deployment/plan.ts";
import type { FlowConfig } from "../../../flow/config.ts";
import { loadFlow } from "../../../flow/load.ts";
import { findModel } from "../../../model/catalog/catalog.ts";
import { aloneFlow } from "../../embedding/alone_flow.ts";
import { resolveFlow } from "../../flow_source.ts";
import type { Given } from "../../words/given.ts";
import { modelSizes } from "../model_sizes.ts";
import { planFlow } from "../plan_flow.ts";

/** What a process takes that only reads, asks servers and writes. */
const CLIENT: PlannedResources = {
  cpu: { request: 1, limit: 2 },
  memoryBytes: { request: 2 ** 30, limit: 3 * 2 ** 30 },
  gpus: 0,
};

/** Resources of a share; sizes that the options say go before. @throws {ClipError} "config" */
export function jobResources(given: Given, options: SizeOptions): PlannedResources {
  if (given.all("server").length > 0) return withSizes(CLIENT, options);
  const config = configOf(given);
  return resourcesOf(config, modelSizes(config), { ...options, programFolder: "/" });
}

/** What the options say of sizes. */
export type SizeOptions = Pick<PlanOptions, "gpus" | "cpu" | "memoryBytes">;

function withSizes(
  { cpu, memoryBytes, gpus }: PlannedResources,
  options: SizeOptions,
): PlannedResources {
  const most = options.memoryBytes ?? memoryBytes.limit;
  return {
    cpu: options.cpu === undefined ? cpu : { request: options.cpu, limit: options.cpu },
    memoryBytes: { request: Math.min(most, memoryBytes.request), limit: most },
    gpus: options.gpus ?? gpus,
  };
}

/** The flow of the job, or that of its model. */
function configOf(given: Given): FlowConfig {
  const flow = given.text("flow");
  if (flow === undefined) return aloneFlow(aloneOptions(given));
  return loadFlow({ path: resolveFlow(flow) }, Deno.env.toObject(), {
    knownModel: findModel,
    elsewhere: true,
  });
}

function aloneOptions(given: Given) {
  return {
    model: given.text("model"),
    device: given.text("device"),
    dtype: given.text("dtype"),
    replicas: given.text("replicas"),
  };
}

/** What a container needs of the model. */
export type ContainerModel = Pick<DeploymentPlan, "files" | "variables" | "models" | "notes"> & {
  flow: DeploymentPlan["flow"] | null;
  cache: DeploymentPlan["cache"] | null;
  prepareWords: readonly string[] | null;
};

/**
 * How a container has the model.
 * @param resources of a share, as `jobResources` says
 * @throws {ClipError} "config" for a flow that cannot be in a container.
 */
export async function containerModel(
  given: Given,
  options: Omit<PlanOptions, "programFolder">,
  { gpus }: PlannedResources,
): Promise<ContainerModel> {
  const flow = given.text("flow");
  if (flow !== undefined) {
    const { plan } = await planFlow(flow, options);
    const target = gpus > 0 ? ["--target", "gpu"] : [];
    return {
      ...plan,
      prepareWords: plan.prepares ? ["model", "prepare", plan.flow.path, ...target] : null,
    };
  }
  const none = { flow: null, files: [], variables: [], models: null, notes: [] };
  const model = given.text("model");
  if (model === undefined || given.all("server").length > 0) {
    return { ...none, cache: null, prepareWords: null };
  }
  const config = aloneFlow(aloneOptions(given));
  const bytes = options.cacheBytes ?? cacheBytesOf(config, modelSizes(config));
  const { cacheClaim } = options;
  return {
    ...none,
    cache: {
      path: "/cache",
      bytes,
      claim: cacheClaim === undefined
        ? null
        : { name: cacheClaim, made: false, bytes, storageClass: null },
    },
    prepareWords: model === "demo" ? null : ["model", "pull", model],
  };
}
