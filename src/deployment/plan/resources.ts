/**
 * What a server takes, from its models and from the bounds of its flow (the sums of
 * docs/deployment.md, "Memory").
 */
import type { ExecutorConfig, FlowConfig } from "../../flow/config.ts";
import { PROCESS_BYTES } from "../../model/catalog/memory.ts";
import type { PlannedResources } from "../plan.ts";
import { byteQuantity } from "../quantities.ts";
import { gpusOf, mayUseGpu, needsGpu } from "./gpus.ts";
import type { ModelSize, PlanOptions } from "./options.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** Sums are rounded up to it. */
const GRAIN = 64 * MIB;
/** What a preprocessing worker may hold of a picture that is not large. */
const WORKER_BYTES = 64 * MIB;
/** Messages on their way, if the flow does not say: three of the largest, at least 64 MiB. */
const HELD_MESSAGES = 3;
const LEAST_HELD_BYTES = 64 * MIB;
/** Documents that wait to be written, and the graph and codes of some hundred thousand. */
const INDEX_BYTES = GIB;
/** Of the bounds, what usual work takes. */
const USUAL_SHARE = 1 / 4;
const CPU = 2;
const CPU_WITH_GPU = 4;

/** Bytes of a weight. int8 has scales, and embeddings in more. */
const WEIGHT_BYTES = { fp32: 4, fp16: 2, int8: 1.25 };

/** Models by the names of their executors; undefined where nothing is known. */
export type ModelSizes = ReadonlyMap<string, ModelSize | undefined>;

/** A model that nothing is known of is taken for one like ViT-L/14. */
const UNKNOWN: ModelSize = {
  parameters: 430e6,
  imageBytes: 20e6,
  checkpointBytes: 1.8e9,
};

/** What each server asks for, and may take. */
export function resourcesOf(
  flow: FlowConfig,
  sizes: ModelSizes,
  options: PlanOptions,
): PlannedResources {
  const gpus = options.gpus ?? gpusOf(flow);
  const models = allModelBytes(flow, sizes, gpus);
  const bounds = boundBytes(flow);
  const index = flow.indexers.some(({ store }) => store.kind === "embedded") ? INDEX_BYTES : 0;
  const limit = options.memoryBytes ?? rounded(PROCESS_BYTES + models + bounds + index);
  const usual = rounded(PROCESS_BYTES + models + USUAL_SHARE * bounds + index / 2);
  const cores = options.cpu ?? (gpus > 0 ? CPU_WITH_GPU : CPU);
  return {
    cpu: { request: cores, limit: cores },
    memoryBytes: { request: Math.min(limit, usual), limit },
    gpus,
  };
}

/** What to say where the options give a server less memory than its models fill; else undefined. */
export function memoryNote(
  flow: FlowConfig,
  sizes: ModelSizes,
  { gpus, memoryBytes }: PlanOptions,
): string | undefined {
  const least = rounded(PROCESS_BYTES + allModelBytes(flow, sizes, gpus ?? gpusOf(flow)));
  if (memoryBytes === undefined || memoryBytes >= least) return undefined;
  return `--memory is ${byteQuantity(memoryBytes)}, and the models alone come to about ` +
    `${byteQuantity(least)}: servers may be killed for it when they start.`;
}

function allModelBytes({ executors }: FlowConfig, sizes: ModelSizes, gpus: number): number {
  return sum(executors.map((executor) => {
    const onGpu = needsGpu(executor) || (gpus > 0 && mayUseGpu(executor));
    return modelBytes(executor, sizes.get(executor.name) ?? UNKNOWN, onGpu);
  }));
}

/** Bytes of what is downloaded and made of it, with room for the next version's beside it. */
export function cacheBytesOf(flow: FlowConfig, sizes: ModelSizes): number {
  const kept = sum(flow.executors.map((executor) => {
    const { checkpointBytes, parameters } = sizes.get(executor.name) ?? UNKNOWN;
    return checkpointBytes + parameters * WEIGHT_BYTES[executor.encoder.dtype ?? "fp32"];
  }));
  return Math.ceil((2 * kept + GIB) / GIB) * GIB;
}

/** Weights, and what is between the layers of a minibatch, of all replicas. */
function modelBytes(
  { replicas, encoder: { dtype, minibatchSize } }: ExecutorConfig,
  { parameters, imageBytes }: ModelSize,
  onGpu: boolean,
): number {
  // While it is loaded it is in the memory of the host; the minibatches never are.
  if (onGpu) return parameters * WEIGHT_BYTES[dtype ?? "fp16"] * replicas;
  const format = dtype ?? "fp32";
  // Replicas in fp32 share the file of the weights (src/runtime/session_config.ts).
  const copies = format === "fp32" ? 1 : replicas;
  return parameters * WEIGHT_BYTES[format] * copies + replicas * minibatchSize * imageBytes;
}

/** What the flow lets clients make the server hold. */
function boundBytes({ gateway, executors }: FlowConfig): number {
  const { maxHeldBytes, maxMessageBytes } = gateway;
  const held = maxHeldBytes || Math.max(LEAST_HELD_BYTES, HELD_MESSAGES * maxMessageBytes);
  return held +
    sum(
      executors.map(({ replicas, encoder }) =>
        encoder.maxQueueBytes + encoder.maxDecodeBytes + encoder.cacheSize * MIB +
        WORKER_BYTES * encoder.numWorkerPreprocess * replicas
      ),
    );
}

function rounded(bytes: number): number {
  return Math.ceil(bytes / GRAIN) * GRAIN;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
