/**
 * What an ONNX file says of itself without its weights being read: is it one, is it whole, and the
 * shapes in it. Field numbers are those of `onnx.proto`.
 */
import { type ByteSource, FileSource } from "../checkpoint/containers/byte_source.ts";
import { refuse } from "../checkpoint/refuse.ts";

/** A graph's declared tensors. */
export interface OnnxOutline {
  /** Dimensions of every initializer, by name. */
  readonly initializers: ReadonlyMap<string, readonly number[]>;
  /** Dimensions of the inputs and outputs; an axis without a fixed size is undefined. */
  readonly inputs: ReadonlyMap<string, readonly (number | undefined)[]>;
  readonly outputs: ReadonlyMap<string, readonly (number | undefined)[]>;
}

/** ModelProto. */
const GRAPH = 7;
/** GraphProto. */
const INITIALIZER = 5;
const INPUT = 11;
const OUTPUT = 12;
/** TensorProto. */
const DIMS = 1;
const TENSOR_NAME = 8;
/** ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto, Dimension. */
const VALUE_NAME = 1;
const TYPE = 2;
const TENSOR_TYPE = 1;
const SHAPE = 2;
const DIM = 1;
const DIM_VALUE = 1;

/** Names and dimensions are short; weights, which are not, are skipped. */
const MAX_NAME_BYTES = 4096;
const MAX_VARINT_BYTES = 10;

/** A field's place in the file; `end` is where the next one begins. */
interface Field {
  number: number;
  wire: number;
  /** Of a varint. */
  value: number;
  /** Of everything else: where the content begins. */
  start: number;
  end: number;
}

/**
 * Reads the outline.
 * @throws {ClipError} "model" if it is no ONNX file, or is cut off.
 */
export function readOnnxOutline(path: string): OnnxOutline {
  const source = FileSource.open(path);
  try {
    const graphs = [...fields(source, 0, source.size)].filter(({ number, wire }) =>
      number === GRAPH && wire === 2
    );
    const [graph] = graphs;
    if (graph === undefined) throw refuse(source.label, "it holds no ONNX graph");
    const initializers = new Map<string, readonly number[]>();
    const inputs = new Map<string, readonly (number | undefined)[]>();
    const outputs = new Map<string, readonly (number | undefined)[]>();
    for (const field of fields(source, graph.start, graph.end)) {
      if (field.number === INITIALIZER) {
        const { name, dims } = initializer(source, field);
        initializers.set(name, dims);
      } else if (field.number === INPUT || field.number === OUTPUT) {
        const { name, dims } = value(source, field);
        (field.number === INPUT ? inputs : outputs).set(name, dims);
      }
    }
    return { initializers, inputs, outputs };
  } finally {
    source.close();
  }
}

function initializer(source: ByteSource, tensor: Field): { name: string; dims: number[] } {
  const dims: number[] = [];
  let name = "";
  for (const field of fields(source, tensor.start, tensor.end)) {
    if (field.number === TENSOR_NAME) name = text(source, field);
    if (field.number !== DIMS) continue;
    if (field.wire === 0) dims.push(field.value);
    else {for (let at = field.start; at < field.end;) {
        const [size, next] = varint(source, at, field.end);
        dims.push(size);
        at = next;
      }}
  }
  return { name, dims };
}

function value(source: ByteSource, info: Field): { name: string; dims: (number | undefined)[] } {
  const dims: (number | undefined)[] = [];
  const name = child(source, info, VALUE_NAME);
  const shape = [TYPE, TENSOR_TYPE, SHAPE].reduce<Field | undefined>(
    (within, number) => within && child(source, within, number),
    info,
  );
  if (shape !== undefined) {
    for (const dim of fields(source, shape.start, shape.end)) {
      if (dim.number !== DIM) continue;
      dims.push(child(source, dim, DIM_VALUE)?.value);
    }
  }
  return { name: name === undefined ? "" : text(source, name), dims };
}

function child(source: ByteSource, within: Field, number: number): Field | undefined {
  for (const field of fields(source, within.start, within.end)) {
    if (field.number === number) return field;
  }
  return undefined;
}

/** The fields of a message, in order; contents are not read. */
function* fields(source: ByteSource, start: number, end: number): Generator<Field> {
  for (let at = start; at < end;) {
    const [tag, after] = varint(source, at, end);
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    let field: Field;
    if (wire === 0) {
      const [content, next] = varint(source, after, end);
      field = { number, wire, value: content, start: after, end: next };
    } else {
      const [length, from] = wire === 2
        ? varint(source, after, end)
        : [wire === 1 ? 8 : wire === 5 ? 4 : NaN, after];
      field = { number, wire, value: NaN, start: from, end: from + length };
    }
    if (number === 0 || !(field.end <= end)) {
      throw refuse(source.label, "it is no ONNX file, or it is cut off");
    }
    yield field;
    at = field.end;
  }
}

function varint(source: ByteSource, at: number, end: number): [value: number, next: number] {
  const bytes = source.read(at, Math.max(0, Math.min(MAX_VARINT_BYTES, end - at)));
  let value = 0;
  for (let i = 0; i < bytes.length; i++) {
    value += (bytes[i]! & 0x7f) * 2 ** (7 * i);
    if (bytes[i]! < 0x80) return [value, at + i + 1];
  }
  throw refuse(source.label, "it is no ONNX file, or it is cut off");
}

function text(source: ByteSource, { start, end }: Field): string {
  return new TextDecoder().decode(source.read(start, Math.min(end - start, MAX_NAME_BYTES)));
}
