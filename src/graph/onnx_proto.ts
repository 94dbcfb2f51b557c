/**
 * A writer of ONNX model files: the part of onnx.proto that our graphs use, and no more.
 * Field numbers and enum values: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** ONNX element types in use, with their `TensorProto.DataType` number and size in bytes. */
export const ELEMENT_TYPES = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
} as const;

/** Name of an ONNX element type. */
export type ElementType = keyof typeof ELEMENT_TYPES;

/** A node attribute: an integer (`i`), a float (`f`), a string (`s`) or integers (`ints`). */
export type Attribute =
  | { kind: "i"; value: number }
  | { kind: "f"; value: number }
  | { kind: "s"; value: string }
  | { kind: "ints"; value: readonly number[] };

/** One operator call. `domain` is empty for ONNX's own operators. */
export interface GraphNode {
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** A graph input or output; a dimension is a size, or the name of a free one. */
export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

/** A constant tensor: its bytes here, or their place in the external data file. */
export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data:
    | { readonly raw: Uint8Array }
    | { readonly location: string; readonly offset: number; readonly length: number };
}

/** A whole model: one graph, the operator sets it needs, and notes about its origin. */
export interface ModelFile {
  readonly name: string;
  readonly producer: { readonly name: string; readonly version: string };
  readonly opsets: ReadonlyMap<string, number>;
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly initializers: readonly Initializer[];
}

/** The intermediate representation version of ONNX 1.16: the first that has opset 20 and later. */
const IR_VERSION = 10;
const ATTRIBUTE_TYPE = { f: 1, i: 2, s: 3, ints: 7 } as const;
const DATA_LOCATION_EXTERNAL = 1;

/** Encodes `model` as a binary `ModelProto`. The same model always gives the same bytes. */
export function encodeModel(model: ModelFile): Uint8Array {
  const out = new BinaryWriter();
  out.tag(1, WireType.Varint).int64(IR_VERSION);
  text(out, 2, model.producer.name);
  text(out, 3, model.producer.version);
  message(out, 7, () => encodeGraph(out, model));
  for (const [domain, version] of model.opsets) {
    message(out, 8, () => {
      text(out, 1, domain);
      out.tag(2, WireType.Varint).int64(version);
    });
  }
  return out.finish();
}

function encodeGraph(out: BinaryWriter, model: ModelFile): void {
  for (const node of model.nodes) message(out, 1, () => encodeNode(out, node));
  text(out, 2, model.name);
  for (const tensor of model.initializers) message(out, 5, () => encodeInitializer(out, tensor));
  for (const value of model.inputs) message(out, 11, () => encodeValue(out, value));
  for (const value of model.outputs) message(out, 12, () => encodeValue(out, value));
}

function encodeNode(out: BinaryWriter, node: GraphNode): void {
  for (const input of node.inputs) text(out, 1, input);
  for (const output of node.outputs) text(out, 2, output);
  text(out, 3, node.name);
  text(out, 4, node.op);
  for (const [name, attribute] of node.attributes) {
    message(out, 5, () => encodeAttribute(out, name, attribute));
  }
  if (node.domain !== "") text(out, 7, node.domain);
}

function encodeAttribute(out: BinaryWriter, name: string, attribute: Attribute): void {
  text(out, 1, name);
  if (attribute.kind === "f") out.tag(2, WireType.Bit32).float(attribute.value);
  else if (attribute.kind === "i") out.tag(3, WireType.Varint).int64(attribute.value);
  else if (attribute.kind === "s") text(out, 4, attribute.value);
  else for (const value of attribute.value) out.tag(8, WireType.Varint).int64(value);
  out.tag(20, WireType.Varint).int32(ATTRIBUTE_TYPE[attribute.kind]);
}

function encodeInitializer(out: BinaryWriter, tensor: Initializer): void {
  for (const dim of tensor.dims) out.tag(1, WireType.Varint).int64(dim);
  out.tag(2, WireType.Varint).int32(ELEMENT_TYPES[tensor.type].code);
  text(out, 8, tensor.name);
  const { data } = tensor;
  if ("raw" in data) {
    out.tag(9, WireType.LengthDelimited).bytes(data.raw);
    return;
  }
  const entries = { location: data.location, offset: `${data.offset}`, length: `${data.length}` };
  for (const [key, value] of Object.entries(entries)) {
    message(out, 13, () => {
      text(out, 1, key);
      text(out, 2, value);
    });
  }
  out.tag(14, WireType.Varint).int32(DATA_LOCATION_EXTERNAL);
}

function encodeValue(out: BinaryWriter, value: GraphValue): void {
  text(out, 1, value.name);
  message(out, 2, () =>
    // TypeProto
    message(out, 1, () => { // TypeProto.Tensor
      out.tag(1, WireType.Varint).int32(ELEMENT_TYPES[value.type].code);
      message(out, 2, () => {
        for (const dim of value.dims) {
          message(out, 1, () => {
            if (typeof dim === "number") out.tag(1, WireType.Varint).int64(dim);
            else text(out, 2, dim);
          });
        }
      });
    }));
}

function text(out: BinaryWriter, field: number, value: string): void {
  out.tag(field, WireType.LengthDelimited).string(value);
}

function message(out: BinaryWriter, field: number, body: () => void): void {
  out.tag(field, WireType.LengthDelimited).fork();
  body();
  out.join();
}
