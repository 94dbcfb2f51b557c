/**
 * Writes a graph to disk: the nodes as `<stem>.onnx`, the weights beside it as `<stem>.onnx.data`,
 * one after the other, so that a model of any size costs the memory of its largest tensor.
 */
import { basename } from "node:path";
import { type Graph, MICROSOFT, type Weight } from "./graph_builder.ts";
import { encodeModel, type Initializer } from "./onnx_proto.ts";

/** Weights start on a page, so that sessions can map them and replicas share the pages. */
export const WEIGHT_ALIGNMENT_BYTES = 4096;
/**
 * Tensors up to this size stay in the graph file: shape inference needs the values of shapes,
 * and a page for each bias would be mostly empty.
 */
const INLINE_LIMIT_BYTES = 1024;
/** Written at most this many bytes at a time, so that progress is seen on the largest tensors. */
const CHUNK_BYTES = 16 * 1024 * 1024;

/** ONNX operator set. 17 has LayerNormalization, 20 has Gelu. */
const OPSET = 20;

/** Where the external tensors of a graph lie. */
export interface DataLayout {
  readonly initializers: readonly Initializer[];
  readonly external: readonly { readonly weight: Weight; readonly offset: number }[];
  /** Size of the data file. */
  readonly byteLength: number;
}

/** Lays the graph's weights out in a data file named `location`. */
export function layOut(graph: Graph, location: string): DataLayout {
  const external: { weight: Weight; offset: number }[] = [];
  let end = 0;
  const initializers = graph.weights.map((weight): Initializer => {
    const { name, type, dims, byteLength } = weight;
    if (byteLength <= INLINE_LIMIT_BYTES) {
      return { name, type, dims, data: { raw: weight.bytes() } };
    }
    const offset = Math.ceil(end / WEIGHT_ALIGNMENT_BYTES) * WEIGHT_ALIGNMENT_BYTES;
    end = offset + byteLength;
    external.push({ weight, offset });
    return { name, type, dims, data: { location, offset, length: byteLength } };
  });
  return { initializers, external, byteLength: end };
}

/**
 * Writes `graph` to `path` (`….onnx`) and its weights to `path` + `.data`, both synced to the disk.
 *
 * @param onBytes Called with the size of each piece of weights after it is written. The event loop
 * turns between pieces.
 */
export async function writeModel(
  graph: Graph,
  path: string,
  producerVersion: string,
  onBytes: (bytes: number) => void = () => {},
): Promise<void> {
  const dataPath = `${path}.data`;
  const layout = layOut(graph, basename(dataPath));
  const model = encodeModel({
    name: graph.name,
    producer: { name: "clipline", version: producerVersion },
    opsets: new Map([["", OPSET], [MICROSOFT, 1]]),
    nodes: graph.nodes,
    inputs: graph.inputs,
    outputs: graph.outputs,
    initializers: layout.initializers,
  });
  if (layout.external.length > 0) {
    await writeSynced(dataPath, async (file) => {
      await file.truncate(layout.byteLength);
      for (const { weight, offset } of layout.external) {
        await file.seek(offset, Deno.SeekMode.Start);
        await writeChunks(file, weight, onBytes);
      }
    });
  }
  await writeSynced(path, (file) => writeAll(file, model));
}

async function writeChunks(
  file: Deno.FsFile,
  weight: Weight,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const bytes = weight.bytes();
  if (bytes.length !== weight.byteLength) {
    throw new RangeError(
      `Weight '${weight.name}' is ${bytes.length} bytes, declared as ${weight.byteLength}`,
    );
  }
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    const chunk = bytes.subarray(start, start + CHUNK_BYTES);
    await writeAll(file, chunk);
    onBytes(chunk.length);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await file.write(bytes.subarray(written));
}

async function writeSynced(path: string, write: (file: Deno.FsFile) => Promise<void>) {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  await write(file);
  await file.syncData();
}
