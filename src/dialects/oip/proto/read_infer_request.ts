/** `inference.ModelInferRequest`, read from untrusted bytes. */
import { plainBytes, WireReader } from "../../../encoding/protobuf_reader.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { ClipError } from "../../../errors.ts";
import {
  type InferLimits,
  type InferRequest,
  type InputTensor,
  MAX_DIMENSIONS,
  MAX_ID_LENGTH,
  MAX_PARAMETERS,
  MAX_TENSORS,
  type Parameters,
  type RequestedOutput,
} from "../infer_request.ts";
import { tooManyElements } from "../tensors/tensor_size.ts";

/** A request, and the model that it is for. */
export interface NamedInferRequest extends InferRequest {
  model: string;
  version: string;
}

/** Units of work of a field. */
const FIELD_UNITS = 100;

/** A parameter with its name: those that are looked at have some words. */
const MAX_PARAMETER_BYTES = 1 << 16;

/** What a tensor's own fields say. */
type SentTensor = Omit<InputTensor, "contents"> & { typed: TypedContents | undefined };

interface TypedContents {
  elements: Uint8Array[];
  uint8: Uint8Array;
}

/**
 * Reads a request. Contents are views of `bytes`: nothing is copied but `uint_contents`.
 * @throws {ClipError} invalid: not such a message, or raw contents that do not go with its inputs;
 * too_large: more elements than are allowed.
 */
export function* readInferRequest(
  bytes: Uint8Array,
  { maxElements }: InferLimits,
  slices: Slices,
): Sliced<NamedInferRequest> {
  const reader = new WireReader(plainBytes(bytes));
  const request = { model: "", version: "", id: "", parameters: newParameters() };
  const inputs: SentTensor[] = [];
  const outputs: RequestedOutput[] = [];
  const raw: Uint8Array[] = [];
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        request.model = readName(reader, "model_name");
        break;
      case 18:
        request.version = readName(reader, "model_version");
        break;
      case 26:
        request.id = readName(reader, "id");
        break;
      case 34:
        readParameter(reader, request.parameters);
        break;
      case 42:
        inputs.push(yield* readTensor(reader, maxElements, slices));
        few(inputs, "inputs");
        break;
      case 50:
        outputs.push(yield* readOutput(reader, slices));
        few(outputs, "outputs");
        break;
      case 58:
        raw.push(reader.bytes());
        few(raw, "raw_input_contents");
        break;
      default:
        reader.skip(tag);
    }
    if (slices.spent(FIELD_UNITS)) yield* pause(reader);
  }
  return { ...request, inputs: withContents(inputs, raw), outputs };
}

/** A text that is read without a pause. @param field for messages. */
function readName(reader: WireReader, field: string): string {
  if (reader.peekLength() > MAX_ID_LENGTH) {
    throw new ClipError("invalid", `'${field}' is longer than ${MAX_ID_LENGTH} bytes`);
  }
  return reader.string();
}

function* pause(reader: WireReader): Sliced<void> {
  yield;
  reader.pause();
}

function few(list: readonly unknown[], name: string): void {
  if (list.length > MAX_TENSORS) {
    throw new ClipError("invalid", `'${name}' has more than ${MAX_TENSORS} entries`);
  }
}

/** Puts each input and its contents together. */
function withContents(inputs: readonly SentTensor[], raw: readonly Uint8Array[]): InputTensor[] {
  const nothing: TypedContents = { elements: [], uint8: new Uint8Array(0) };
  if (raw.length === 0) {
    return inputs.map(({ typed, ...tensor }) => ({
      ...tensor,
      contents: { kind: "typed", ...(typed ?? nothing) },
    }));
  }
  if (raw.length !== inputs.length) {
    throw new ClipError(
      "invalid",
      `'raw_input_contents' has ${raw.length} entries and 'inputs' ${inputs.length}: it has one for ` +
        "each input, or none",
    );
  }
  return inputs.map(({ typed, ...tensor }, i) => {
    if (typed) {
      throw new ClipError(
        "invalid",
        `inputs[${i}] '${
          tensor.name.slice(0, 40)
        }': 'contents' and 'raw_input_contents' cannot be ` +
          "given in one request",
      );
    }
    return { ...tensor, contents: { kind: "raw", bytes: raw[i]! } };
  });
}

function* readTensor(
  reader: WireReader,
  maxElements: number,
  slices: Slices,
): Sliced<SentTensor> {
  const parameters = newParameters();
  const shape: number[] = [];
  const tensor: SentTensor = { name: "", datatype: "", shape, parameters, typed: undefined };
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        tensor.name = readName(reader, "name");
        break;
      case 18:
        tensor.datatype = readName(reader, "datatype");
        break;
      case 24:
        addDimension(reader, shape);
        break;
      case 26: {
        const end = reader.enter();
        while (reader.more()) addDimension(reader, shape);
        reader.leave(end);
        break;
      }
      case 34:
        readParameter(reader, parameters);
        break;
      case 42:
        tensor.typed = yield* readContents(reader, maxElements, slices);
        break;
      default:
        reader.skip(tag);
    }
    if (slices.spent(FIELD_UNITS)) yield* pause(reader);
  }
  reader.leave(outer);
  return tensor;
}

function addDimension(reader: WireReader, shape: number[]): void {
  if (shape.push(reader.int64()) > MAX_DIMENSIONS) {
    throw new ClipError("invalid", `A tensor has more than ${MAX_DIMENSIONS} dimensions`);
  }
}

function* readContents(
  reader: WireReader,
  maxElements: number,
  slices: Slices,
): Sliced<TypedContents> {
  const elements: Uint8Array[] = [];
  /** Made when there are any: a number takes a byte at least. */
  let uint8: Uint8Array | undefined;
  let count = 0;
  const length = reader.peekLength();
  const addNumber = () => {
    const value = reader.uint32();
    if (value > 255) {
      throw new ClipError("invalid", `'uint_contents' holds ${value}, which is no UINT8`);
    }
    (uint8 ??= new Uint8Array(length))[count++] = value;
  };
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 66) {
      if (elements.push(reader.bytes()) > maxElements) throw tooManyElements(maxElements);
    } else if (tag === 32) addNumber();
    else if (tag === 34) {
      const end = reader.enter();
      while (reader.more()) {
        addNumber();
        if (slices.spent(8)) yield;
      }
      reader.leave(end);
    } else reader.skip(tag);
    if (slices.spent(FIELD_UNITS)) yield* pause(reader);
  }
  reader.leave(outer);
  return { elements, uint8: uint8?.subarray(0, count) ?? new Uint8Array(0) };
}

function* readOutput(reader: WireReader, slices: Slices): Sliced<RequestedOutput> {
  const parameters = newParameters();
  const output = { name: "", parameters };
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) output.name = readName(reader, "name");
    else if (tag === 18) readParameter(reader, parameters);
    else reader.skip(tag);
    if (slices.spent(FIELD_UNITS)) yield* pause(reader);
  }
  reader.leave(outer);
  return output;
}

/** Without a prototype: a name is nothing but a name. */
function newParameters(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

/** An entry of a map of parameters, small enough to be read without a pause. */
function readParameter(reader: WireReader, into: Parameters & Record<string, unknown>): void {
  if (reader.peekLength() > MAX_PARAMETER_BYTES) {
    throw new ClipError("invalid", `A parameter has more than ${MAX_PARAMETER_BYTES} bytes`);
  }
  let name = "";
  let value: unknown;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) name = reader.string();
    else if (tag === 18) value = readValue(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  into[name] = value;
  if (Object.keys(into).length > MAX_PARAMETERS) {
    throw new ClipError("invalid", `There are more than ${MAX_PARAMETERS} parameters`);
  }
}

/** An `InferParameter`; the last choice counts. */
function readValue(reader: WireReader): unknown {
  let value: unknown;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 8) value = reader.uint32() !== 0;
    else if (tag === 16 || tag === 40) value = reader.int64();
    else if (tag === 26) value = reader.string();
    else if (tag === 33) value = reader.double();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return value;
}
