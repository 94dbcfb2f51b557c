/** The messages in which clients ask for models, and are told of them and the server. */
import { plainBytes, WireReader } from "../../../encoding/protobuf_reader.ts";
import type { WireSink } from "../../../encoding/protobuf_sink.ts";
import { encodeMessage } from "../../../encoding/protobuf_writer.ts";
import { VERSION as SERVER_VERSION } from "../../../version.ts";
import {
  BACKEND,
  type DataType,
  EXTENSIONS,
  SERVER_NAME,
  type TensorInfo,
  VERSION,
} from "../model_interface.ts";
import { type IndexedModel, type ModelMetadata, stateOf } from "../models.ts";
import { DURATIONS, type ModelStatistics } from "../statistics.ts";

/** A question about a model: `ModelReadyRequest` and four others have the same fields. */
export interface ModelQuestion {
  name: string;
  version: string;
}

/** Reads one. @throws {ClipError} invalid: no such message. */
export function readModelQuestion(message: Uint8Array): ModelQuestion {
  const reader = new WireReader(plainBytes(message));
  const question = { name: "", version: "" };
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) question.name = reader.string();
    else if (tag === 18) question.version = reader.string();
    else reader.skip(tag);
  }
  return question;
}

/** Whether a `RepositoryIndexRequest` wants those alone that are ready. @throws {ClipError} invalid */
export function readOnlyReady(message: Uint8Array): boolean {
  const reader = new WireReader(plainBytes(message));
  let ready = false;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 16) ready = reader.uint32() !== 0;
    else reader.skip(tag);
  }
  return ready;
}

/** `ServerLiveResponse`, `ServerReadyResponse` and `ModelReadyResponse`. */
export function encodeFlag(flag: boolean): Uint8Array {
  return encodeMessage((sink) => {
    if (flag) sink.varint(8, 1);
  });
}

/** `ServerMetadataResponse`. */
export function encodeServerMetadata(): Uint8Array {
  return encodeMessage((sink) => {
    sink.string(10, SERVER_NAME);
    sink.string(18, SERVER_VERSION);
    for (const extension of EXTENSIONS) sink.string(26, extension);
  });
}

/** `ModelMetadataResponse`. */
export function encodeModelMetadata(
  { name, platform, inputs, outputs }: ModelMetadata,
): Uint8Array {
  return encodeMessage((sink) => {
    sink.string(10, name);
    sink.string(18, VERSION);
    sink.string(26, platform);
    for (const tensor of inputs) writeTensor(sink, 34, tensor);
    for (const tensor of outputs) writeTensor(sink, 42, tensor);
  });
}

function writeTensor(sink: WireSink, tag: number, { name, datatype, shape }: TensorInfo): void {
  sink.begin(tag);
  sink.string(10, name);
  sink.string(18, datatype);
  writeSizes(sink, 24, shape);
  sink.end();
}

/** Not packed, for -1 is ten bytes long: readers take both. */
function writeSizes(sink: WireSink, tag: number, shape: readonly number[]): void {
  for (const size of shape) sink.varint(tag, size);
}

/** Numbers of `inference.DataType`. */
const TYPE_NUMBERS: Record<DataType, number> = { UINT8: 2, FP32: 11, BYTES: 13 };

/** `ModelConfigResponse`. */
export function encodeModelConfig({ name, platform, inputs, outputs }: ModelMetadata): Uint8Array {
  return encodeMessage((sink) => {
    sink.begin(10);
    sink.string(10, name);
    sink.string(18, platform);
    for (const { name, datatype, shape } of inputs) {
      sink.begin(42);
      sink.string(10, name);
      sink.varint(16, TYPE_NUMBERS[datatype]);
      writeSizes(sink, 32, shape);
      sink.varint(64, 1);
      sink.end();
    }
    for (const { name, datatype, shape } of outputs) {
      sink.begin(50);
      sink.string(10, name);
      sink.varint(16, TYPE_NUMBERS[datatype]);
      writeSizes(sink, 24, shape);
      sink.end();
    }
    sink.string(138, BACKEND);
    sink.end();
  });
}

/** `ModelStatisticsResponse`. */
export function encodeStatistics(
  models: readonly { name: string; statistics: ModelStatistics }[],
): Uint8Array {
  return encodeMessage((sink) => {
    for (const { name, statistics } of models) {
      sink.begin(10);
      sink.string(10, name);
      sink.string(18, VERSION);
      sink.varint(24, statistics.lastInference);
      sink.varint(32, statistics.inferenceCount);
      sink.varint(40, statistics.executionCount);
      sink.begin(50);
      for (const [i, part] of DURATIONS.entries()) {
        const { count, ns } = statistics.durations[part];
        // In the order of their numbers, from 1 on.
        sink.begin((i + 1) * 8 + 2);
        sink.varint(8, count);
        sink.varint(16, ns);
        sink.end();
      }
      sink.end();
      sink.end();
    }
  });
}

/** `RepositoryIndexResponse`. */
export function encodeIndex(models: readonly IndexedModel[]): Uint8Array {
  return encodeMessage((sink) => {
    for (const model of models) {
      const { state, reason } = stateOf(model);
      sink.begin(10);
      sink.string(10, model.name);
      sink.string(18, VERSION);
      sink.string(26, state);
      if (reason !== "") sink.string(34, reason);
      sink.end();
    }
  });
}
