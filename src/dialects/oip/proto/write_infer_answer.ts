/** `inference.ModelInferResponse` and `ModelStreamInferResponse`. */
import type { WireSink } from "../../../encoding/protobuf_sink.ts";
import { encodeInSlices, encodeMessage } from "../../../encoding/protobuf_writer.ts";
import { atOnce, type Sliced, type Slices } from "../../../encoding/slices.ts";
import { float32Bytes } from "../../writing/vector_format.ts";
import { type InferAnswer, outputBytes, shapeOf } from "../infer_answer.ts";
import { EMBEDDING, VERSION } from "../model_interface.ts";

/** Answers that are written without a pause, bytes. */
const SMALL_BYTES = 1 << 18;

/** Writes an answer. */
export function* writeInferAnswer(answer: InferAnswer, slices: Slices): Sliced<Uint8Array> {
  if (outputBytes(answer) <= SMALL_BYTES) {
    return encodeMessage((sink) => atOnce(describe(sink, answer)));
  }
  return yield* encodeInSlices((sink) => describe(sink, answer, slices), slices);
}

/** The same, as an answer of a stream. */
export function* writeStreamedAnswer(answer: InferAnswer, slices: Slices): Sliced<Uint8Array> {
  return yield* encodeInSlices(function* (sink) {
    sink.begin(18);
    yield* describe(sink, answer, slices);
    sink.end();
  }, slices);
}

/** A stream's answer to a request that failed. */
export function encodeStreamedFailure(message: string, id: string): Uint8Array {
  return encodeMessage((sink) => {
    sink.string(10, message);
    sink.begin(18);
    if (id !== "") sink.string(26, id);
    sink.end();
  });
}

function* describe(sink: WireSink, answer: InferAnswer, slices?: Slices): Sliced<void> {
  sink.string(10, answer.model);
  sink.string(18, VERSION);
  if (answer.id !== "") sink.string(26, answer.id);
  sink.begin(42);
  sink.string(10, EMBEDDING);
  sink.string(18, "FP32");
  sink.packedUint32(26, shapeOf(answer));
  sink.end();
  sink.begin(50);
  // A field of bytes is as a message that holds them: no second copy of all rows in one.
  for (const vector of answer.vectors) {
    sink.raw([float32Bytes(vector)]);
    if (slices?.spent(vector.byteLength)) yield;
  }
  sink.end();
}
