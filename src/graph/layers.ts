/**
 * The layers that CLIP's towers are made of, in the precision asked for.
 *
 * Weights are read from the checkpoint when the file is written, not when the graph is built.
 */
import type { Activation, ClipStateDict, LazyTensor } from "../checkpoint/state_dict.ts";
import { ClipError } from "../errors.ts";
import { type GraphBuilder, MICROSOFT } from "./graph_builder.ts";
import { bytesOf, columnScales, quantiseColumns, toFloat16, transpose } from "./numerics.ts";
import type { ElementType } from "./onnx_proto.ts";

/**
 * What the weights are stored as. `fp16` computes in float16 on a GPU and in float32 on a CPU;
 * `int8` quantises the transformers' linear layers and computes the rest in float32.
 */
export type GraphDtype = "fp32" | "fp16" | "int8";

/** What the graph will run on: a CPU widens float16 weights when the session is made. */
export type GraphTarget = "cpu" | "gpu";

/** Precision of a graph. */
export interface GraphPrecision {
  readonly dtype: GraphDtype;
  readonly target: GraphTarget;
}

/** Layers over one graph, with the tensors of one checkpoint. */
export class Layers {
  readonly graph: GraphBuilder;
  readonly #state: ClipStateDict;
  readonly #precision: GraphPrecision;

  constructor(graph: GraphBuilder, state: ClipStateDict, precision: GraphPrecision) {
    this.graph = graph;
    this.#state = state;
    this.#precision = precision;
  }

  /** Element type of activations. */
  get compute(): "float32" | "float16" {
    const { dtype, target } = this.#precision;
    return dtype === "fp16" && target === "gpu" ? "float16" : "float32";
  }

  /**
   * The checkpoint's tensor `name`.
   *
   * @throws {ClipError} kind `model` if it is missing or has another shape than `dims`.
   */
  tensor(name: string, dims: readonly number[]): LazyTensor {
    const tensor = this.#state.tensors.get(name);
    if (tensor === undefined) {
      throw new ClipError("model", `Cannot build the graph: tensor '${name}' is missing`);
    }
    if (tensor.shape.length !== dims.length || tensor.shape.some((size, i) => size !== dims[i])) {
      throw new ClipError(
        "model",
        `Cannot build the graph: tensor '${name}' must have shape [${dims}], ` +
          `but has [${tensor.shape}]`,
      );
    }
    return tensor;
  }

  /** Whether the checkpoint has a tensor `name`. */
  has(name: string): boolean {
    return this.#state.tensors.has(name);
  }

  /** A tensor of the checkpoint as a constant in the compute type (biases, embeddings). */
  parameter(name: string, dims: readonly number[]): string {
    const tensor = this.tensor(name, dims);
    return this.constant(name, dims, () => tensor.read());
  }

  /** A small constant in the compute type. */
  constant(name: string, dims: readonly number[], values: () => Float32Array): string {
    if (this.compute === "float32") {
      return this.graph.weight(name, "float32", dims, () => bytesOf(values()));
    }
    return this.graph.weight(name, "float16", dims, () => bytesOf(toFloat16(values(), name)));
  }

  /** A big constant, stored in the precision of the weights, in the compute type. */
  weight(name: string, dims: readonly number[], values: () => Float32Array): string {
    if (this.#precision.dtype !== "fp16") return this.constant(name, dims, values);
    const half = this.graph.weight(
      name,
      "float16",
      dims,
      () => bytesOf(toFloat16(values(), name)),
    );
    return this.fromStored(half);
  }

  /**
   * The rows `indices` of the embedding table `name`. With fp16 and int8 the table is float16, and
   * only the rows taken are widened.
   */
  embedding(name: string, dims: readonly [number, number], indices: string): string {
    const tensor = this.tensor(name, dims);
    if (this.#precision.dtype === "fp32") {
      return this.graph.node("Gather", [this.parameter(name, dims), indices]);
    }
    const table = this.graph.weight(
      name,
      "float16",
      dims,
      () => tensor.dtype === "float16" ? tensor.readRaw() : bytesOf(toFloat16(tensor.read(), name)),
    );
    return this.fromStored(this.graph.node("Gather", [table, indices]));
  }

  /** A float16 value in the compute type. */
  fromStored(half: string): string {
    return this.compute === "float16" ? half : this.graph.cast(half, "float32");
  }

  /** `value` in the compute type. */
  toCompute(value: string): string {
    return this.graph.cast(value, this.compute);
  }

  /**
   * A linear layer: x · W + b.
   *
   * @param x [..., inWidth].
   * @param name Prefix of the names of the constants that it makes.
   * @param parts Layers of the checkpoint; several are put side by side, as one with all their
   * outputs.
   * @returns [..., outputs of all parts].
   */
  linear(x: string, name: string, inWidth: number, parts: readonly LinearPart[]): string {
    const outWidth = parts.reduce((sum, part) => sum + part.rows[1] - part.rows[0], 0);
    const dims = [inWidth, outWidth];
    const tensors = parts.map((part) => ({
      weight: this.tensor(part.weight, [part.outWidth, inWidth]),
      bias: part.bias === null ? null : this.tensor(part.bias, [part.biasWidth ?? part.outWidth]),
      rows: part.rows,
      biasFrom: part.biasFrom ?? 0,
    }));
    const values = () => {
      const stacked = concat(
        tensors.map(({ weight, rows: [from, to] }) =>
          weight.read().subarray(from * inWidth, to * inWidth)
        ),
      );
      return transpose(stacked, outWidth, inWidth);
    };
    const biased = tensors.some(({ bias }) => bias !== null);
    const bias = !biased ? "" : this.constant(
      `${name}.bias`,
      [outWidth],
      () =>
        concat(
          tensors.map(({ bias, rows: [from, to], biasFrom }) =>
            bias?.read().subarray(biasFrom + from, biasFrom + to) ?? new Float32Array(to - from)
          ),
        ),
    );
    if (this.#precision.dtype !== "int8") {
      const product = this.graph.node("MatMul", [x, this.weight(`${name}.weight`, dims, values)]);
      return biased ? this.graph.node("Add", [product, bias]) : product;
    }
    const scales = this.graph.weight(
      `${name}.scale`,
      "float32",
      [outWidth],
      () => bytesOf(columnScales(values(), inWidth, outWidth)),
    );
    const quantised = this.graph.weight(
      `${name}.weight`,
      "int8",
      dims,
      () => bytesOf(quantiseColumns(values(), inWidth, outWidth).quantised),
    );
    return this.graph.node(
      "DynamicQuantizeMatMul",
      [x, quantised, scales, "", bias],
      {},
      MICROSOFT,
    );
  }

  /** x · W for a stored matrix `[in, out]` without bias (CLIP's projections). */
  projection(x: string, name: string, dims: readonly [number, number]): string {
    const tensor = this.tensor(name, dims);
    return this.graph.node("MatMul", [x, this.weight(name, dims, () => tensor.read())]);
  }

  /** LayerNorm over the last axis, computed in float32 whatever the compute type is. */
  layerNorm(x: string, prefix: string, width: number, epsilon: number): string {
    const scale = this.#float32(`${prefix}.weight`, width);
    const bias = this.#float32(`${prefix}.bias`, width);
    const wide = this.compute === "float32" ? x : this.graph.cast(x, "float32");
    const normed = this.graph.node("LayerNormalization", [wide, scale, bias], {
      axis: -1,
      epsilon: { f: epsilon },
    });
    return this.compute === "float32" ? normed : this.toCompute(normed);
  }

  /** The MLPs' activation. */
  activation(x: string, kind: Activation): string {
    switch (kind) {
      case "quick_gelu":
        return this.sigmoidLinear(x, 1.702);
      case "gelu":
        return this.graph.node("Gelu", [x]);
      case "gelu_tanh":
        return this.graph.node("Gelu", [x], { approximate: "tanh" });
      case "relu":
        return this.graph.node("Relu", [x]);
    }
  }

  /** x · sigmoid(slope · x). */
  sigmoidLinear(x: string, slope: number): string {
    const scaled = slope === 1 ? x : this.graph.node("Mul", [x, this.scalar(slope)]);
    return this.graph.node("Mul", [x, this.graph.node("Sigmoid", [scaled])]);
  }

  /** A value of the compute type in float32. */
  toFloat32(value: string): string {
    return this.compute === "float32" ? value : this.graph.cast(value, "float32");
  }

  /** A scalar in the compute type. */
  scalar(value: number): string {
    return this.constant(`scalar:${value}`, [], () => Float32Array.of(value));
  }

  /** Declares the result, widened to float32, as the graph's output [N, width]. */
  output(value: string, name: string, width: number): void {
    const type: ElementType = "float32";
    this.graph.output(this.toFloat32(value), name, type, ["batch", width]);
  }

  #float32(name: string, width: number): string {
    const tensor = this.tensor(name, [width]);
    return this.graph.weight(name, "float32", [width], () => bytesOf(tensor.read()));
  }
}

/** Rows of a PyTorch linear layer `[out, in]` with its bias `[out]`. */
export interface LinearPart {
  readonly weight: string;
  /** `null`: it has none. */
  readonly bias: string | null;
  /** Rows of the stored matrix. */
  readonly outWidth: number;
  /** From, to: the rows taken. */
  readonly rows: readonly [number, number];
  /** Where biases of several matrices are one tensor: its length, and where this matrix's begin. */
  readonly biasWidth?: number;
  readonly biasFrom?: number;
}

/** All rows of the linear layer `prefix`. */
export function wholeLayer(prefix: string, outWidth: number, biased = true): LinearPart {
  return {
    weight: `${prefix}.weight`,
    bias: biased ? `${prefix}.bias` : null,
    outWidth,
    rows: [0, outWidth],
  };
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
