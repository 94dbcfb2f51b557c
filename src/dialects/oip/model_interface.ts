/** What every model takes and gives, as the protocol's clients look it up. */

/** Data types that are taken or given. */
export type DataType = "BYTES" | "UINT8" | "FP32";

/** A tensor of the interface; -1 stands for any size. */
export interface TensorInfo {
  name: string;
  datatype: DataType;
  shape: readonly number[];
}

/** The one version of each model. */
export const VERSION = "1";

/** What runs the models, in Triton's words; a platform is `backend_modelformat`. */
export const BACKEND = "onnxruntime";
export const PLATFORM = `${BACKEND}_onnx`;

/** The server's name in its metadata. */
export const SERVER_NAME = "clipline";

/** What is served beyond the protocol. `perf_analyzer` asks for statistics where it finds their name. */
export const EXTENSIONS = ["binary_tensor_data", "model_configuration", "parameters", "statistics"];

/** Texts, UTF-8. */
export const TEXT = { name: "TEXT", datatype: "BYTES", shape: [-1] } as const;
/** Files of images; also where they are found. */
export const IMAGE = { name: "IMAGE", datatype: "BYTES", shape: [-1] } as const;
/** Images as pixels, RGB: `[n, height, width, 3]`. */
export const PIXELS = { name: "PIXELS", datatype: "UINT8", shape: [-1, -1, -1, 3] } as const;

/** The inputs, of which a request has one. */
export const INPUTS: readonly TensorInfo[] = [TEXT, IMAGE, PIXELS];

/** The name of the output. */
export const EMBEDDING = "EMBEDDING";

/** The output of a model whose embeddings have `size` numbers. */
export function embeddingInfo(size: number): TensorInfo {
  return { name: EMBEDDING, datatype: "FP32", shape: [-1, size] };
}

/** Names for the clients that read them: `TEXT, IMAGE, PIXELS`. */
export const INPUT_NAMES = INPUTS.map(({ name }) => name).join(", ");
