/** An inference request, whatever it was written in. */

/** Parameters by name; a value is looked at where its name means something. */
export type Parameters = Readonly<Record<string, unknown>>;

/** What a tensor holds, as it came. */
export type TensorContents =
  /** Row-major and little-endian; of BYTES each element is its length as uint32, and its bytes. */
  | { kind: "raw"; bytes: Uint8Array }
  /** JSON: elements in one list, or in lists of lists. */
  | { kind: "json"; data: unknown }
  /** Protobuf's typed contents, of the two types that are read here; empty if others were sent. */
  | { kind: "typed"; elements: readonly Uint8Array[]; uint8: Uint8Array };

/** A tensor that was sent. */
export interface InputTensor {
  name: string;
  datatype: string;
  /** Sizes of its dimensions, outermost first. */
  shape: readonly number[];
  parameters: Parameters;
  contents: TensorContents;
}

/** A tensor that is asked for. */
export interface RequestedOutput {
  name: string;
  parameters: Parameters;
}

/** What is asked of a model. */
export interface InferRequest {
  /** As sent; empty for none. */
  id: string;
  parameters: Parameters;
  inputs: readonly InputTensor[];
  /** None asks for all. */
  outputs: readonly RequestedOutput[];
}

/** How much one request may hold. */
export interface InferLimits {
  /** Elements of its tensor (`max_documents`). */
  maxElements: number;
}

/** Tensors of one kind that a request may name: there are fewer to choose from. */
export const MAX_TENSORS = 16;
/** Dimensions of a tensor. */
export const MAX_DIMENSIONS = 8;
/** Parameters of one request or tensor. */
export const MAX_PARAMETERS = 100;
/** Characters of an id, which is sent back. */
export const MAX_ID_LENGTH = 4096;
