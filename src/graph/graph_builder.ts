/**
 * Collects the nodes and constants of one ONNX graph. Weights are declared with a function that
 * makes their bytes, so that a graph of any size is built without holding a weight.
 */
import {
  type Attribute,
  ELEMENT_TYPES,
  type ElementType,
  type GraphNode,
  type GraphValue,
} from "./onnx_proto.ts";

/** A constant tensor whose bytes are made when they are written, and not before. */
export interface Weight {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** Size of what `bytes` returns. */
  readonly byteLength: number;
  /** The values, row-major and little-endian. */
  bytes(): Uint8Array;
}

/** What a builder holds in the end: everything that a file is written from. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly weights: readonly Weight[];
}

/** Attribute values as they are written at a call: numbers are integers unless wrapped by `f`. */
export type AttributeValue = number | string | readonly number[] | { readonly f: number };

/** The operator domain of ONNX Runtime's own operators. */
export const MICROSOFT = "com.microsoft";

/** Builds one graph. Values are referred to by name; every method returns the names it made. */
export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: GraphNode[] = [];
  readonly #inputs: GraphValue[] = [];
  readonly #outputs: GraphValue[] = [];
  readonly #weights = new Map<string, Weight>();

  constructor(name: string) {
    this.#name = name;
  }

  /** Declares a graph input. */
  input(name: string, type: ElementType, dims: readonly (number | string)[]): string {
    this.#inputs.push({ name, type, dims });
    return name;
  }

  /** Declares `value` as the graph output `name`. */
  output(value: string, name: string, type: ElementType, dims: readonly (number | string)[]): void {
    this.#node("Identity", "", [value], [name], {});
    this.#outputs.push({ name, type, dims });
  }

  /** Adds a node with one output and returns its name. An absent optional input is `""`. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = "",
  ): string {
    const output = `${op}_${this.#nodes.length}`;
    this.#node(op, domain, inputs, [output], attributes);
    return output;
  }

  /** Adds a node with `count` outputs and returns their names. */
  nodes(
    op: string,
    count: number,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = "",
  ): string[] {
    const outputs = Array.from({ length: count }, (_, i) => `${op}_${this.#nodes.length}_${i}`);
    this.#node(op, domain, inputs, outputs, attributes);
    return outputs;
  }

  /** Declares a weight; declaring the same name again gives the same weight. */
  weight(
    name: string,
    type: ElementType,
    dims: readonly number[],
    bytes: () => Uint8Array,
  ): string {
    if (!this.#weights.has(name)) {
      const count = dims.reduce((product, dim) => product * dim, 1);
      const byteLength = count * ELEMENT_TYPES[type].bytes;
      this.#weights.set(name, { name, type, dims, byteLength, bytes });
    }
    return name;
  }

  /** A constant int64 vector, as shape operators want it. */
  ints(values: readonly number[]): string {
    const data = BigInt64Array.from(values.map(BigInt));
    return this.weight(
      `ints:${values.join(",")}`,
      "int64",
      [values.length],
      () => new Uint8Array(data.buffer),
    );
  }

  /** A constant int64 scalar. */
  int(value: number): string {
    const data = BigInt64Array.of(BigInt(value));
    return this.weight(`int:${value}`, "int64", [], () => new Uint8Array(data.buffer));
  }

  /** A constant int32 scalar. */
  int32(value: number): string {
    const data = Int32Array.of(value);
    return this.weight(`int32:${value}`, "int32", [], () => new Uint8Array(data.buffer));
  }

  /** A constant float32 scalar. */
  float(value: number): string {
    const data = Float32Array.of(value);
    return this.weight(`float:${value}`, "float32", [], () => new Uint8Array(data.buffer));
  }

  /** Converts `value` to `type`. */
  cast(value: string, type: ElementType): string {
    return this.node("Cast", [value], { to: ELEMENT_TYPES[type].code });
  }

  /** The graph as it stands. */
  finish(): Graph {
    return {
      name: this.#name,
      nodes: this.#nodes,
      inputs: this.#inputs,
      outputs: this.#outputs,
      weights: [...this.#weights.values()],
    };
  }

  #node(
    op: string,
    domain: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>>,
  ): void {
    this.#nodes.push({
      op,
      domain,
      name: `${this.#nodes.length}:${op}`,
      inputs,
      outputs,
      attributes: new Map(
        Object.entries(attributes).map(([name, value]) => [name, attribute(value)]),
      ),
    });
  }
}

function attribute(value: AttributeValue): Attribute {
  if (typeof value === "number") return { kind: "i", value };
  if (typeof value === "string") return { kind: "s", value };
  if ("f" in value) return { kind: "f", value: value.f };
  return { kind: "ints", value };
}
