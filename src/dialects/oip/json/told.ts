/** What models and the server are, in JSON. */
import { VERSION as SERVER_VERSION } from "../../../version.ts";
import {
  BACKEND,
  type DataType,
  EXTENSIONS,
  PLATFORM,
  SERVER_NAME,
  type TensorInfo,
  VERSION,
} from "../model_interface.ts";
import type { IndexedModel, ModelMetadata } from "../models.ts";
import { DURATIONS, type ModelStatistics } from "../statistics.ts";

type JsonObject = Record<string, unknown>;

/** `GET /v2`. */
export function serverJson(): JsonObject {
  return { name: SERVER_NAME, version: SERVER_VERSION, extensions: EXTENSIONS };
}

/** `GET /v2/models/{name}`. */
export function metadataJson({ name, inputs, outputs, platform }: ModelMetadata): JsonObject {
  return { name, versions: [VERSION], platform, inputs, outputs };
}

/** Names of data types in Triton's configuration. */
const TYPE_NAMES: Record<DataType, string> = {
  BYTES: "TYPE_STRING",
  UINT8: "TYPE_UINT8",
  FP32: "TYPE_FP32",
};

/** `GET /v2/models/{name}/config`: of Triton's `ModelConfig` what says something here. */
export function configJson({ name, inputs, outputs }: ModelMetadata): JsonObject {
  return {
    name,
    platform: PLATFORM,
    backend: BACKEND,
    version_policy: { latest: { num_versions: 1 } },
    // The first dimension is one of the tensors' own: their shapes are as they are.
    max_batch_size: 0,
    input: inputs.map((info) => ({ ...configTensor(info), optional: true })),
    output: outputs.map(configTensor),
    instance_group: [],
  };
}

function configTensor({ name, datatype, shape }: TensorInfo): JsonObject {
  return { name, data_type: TYPE_NAMES[datatype], dims: shape };
}

/** `GET /v2/models/{name}/stats`, or of all models. */
export function statisticsJson(
  models: readonly { name: string; statistics: ModelStatistics }[],
): JsonObject {
  return {
    model_stats: models.map(({ name, statistics }) => ({
      name,
      version: VERSION,
      last_inference: statistics.lastInference,
      inference_count: statistics.inferenceCount,
      execution_count: statistics.executionCount,
      inference_stats: Object.fromEntries(
        DURATIONS.map((part) => [part, statistics.durations[part]]),
      ),
      batch_stats: [],
      memory_usage: [],
      response_stats: {},
    })),
  };
}

/** `POST /v2/repository/index`. */
export function indexJson(models: readonly IndexedModel[]): JsonObject[] {
  return models.map((model) => ({ name: model.name, version: VERSION, ...stateOf(model) }));
}

/** A model's state in Triton's words. */
export function stateOf({ ready }: IndexedModel): { state: string; reason: string } {
  return ready
    ? { state: "READY", reason: "" }
    : { state: "UNAVAILABLE", reason: "No replica is ready" };
}
