/**
 * Where the operators of a graph really ran. ONNX Runtime gives what a provider cannot do to the
 * CPU without a word; shape arithmetic belongs there, the products and convolutions do not.
 */
import { join } from "node:path";
import { ClipError } from "../errors.ts";
import { openModel, type OpenModelOptions } from "./model.ts";

/** An operator that ran, once. */
export interface PlacedNode {
  /** ONNX operator, e.g. `MatMul`. */
  op: string;
  /** ONNX Runtime's name of the provider, e.g. `CPUExecutionProvider`. */
  provider: string;
}

/** Operators that nearly all of a CLIP model's time goes into. */
const HEAVY = new Set([
  "Attention",
  "Conv",
  "ConvInteger",
  "DynamicQuantizeMatMul",
  "FusedConv",
  "FusedGemm",
  "FusedMatMul",
  "Gemm",
  "MatMul",
  "MatMulInteger",
  "MatMulNBits",
  "MultiHeadAttention",
  "NhwcConv",
  "QLinearConv",
  "QLinearMatMul",
]);

const CPU = "CPUExecutionProvider";

/** The operators in ONNX Runtime's profile (Chrome's trace format), those that computed. */
export function readProfile(json: string): PlacedNode[] {
  const events = JSON.parse(json) as {
    cat?: string;
    name?: string;
    args?: { op_name?: string; provider?: string };
  }[];
  return events.flatMap(({ cat, name, args }) =>
    cat === "Node" && name?.endsWith("_kernel_time") && args?.op_name && args.provider
      ? [{ op: args.op_name, provider: args.provider }]
      : []
  );
}

/**
 * What is told of a placement, e.g. `MatMul … on WebGpu; on the CPU: 4 Gather, 2 Add`.
 * @throws {ClipError} "backend" if an operator that carries the model's cost ran on the CPU.
 */
export function judgePlacement(graph: string, nodes: readonly PlacedNode[]): string {
  const onCpu = nodes.filter(({ provider }) => provider === CPU);
  const heavy = onCpu.filter(({ op }) => HEAVY.has(op));
  if (heavy.length > 0) {
    throw new ClipError(
      "backend",
      `${graph} does not run on the device asked for: its provider leaves ${counts(heavy)} to ` +
        "the CPU; use another device or dtype, or device: cpu",
    );
  }
  const elsewhere = nodes.length - onCpu.length;
  const rest = onCpu.length > 0 ? `, ${onCpu.length} on the CPU (${counts(onCpu)})` : "";
  return `${elsewhere} of ${nodes.length} operators on the device${rest}`;
}

/**
 * Opens a model as a replica would, runs a text and an image, and looks where it was computed.
 * @returns a line per tower.
 * @throws {ClipError} as `judgePlacement` and `openModel`.
 */
export async function checkPlacement(options: OpenModelOptions): Promise<string[]> {
  const directory = await Deno.makeTempDir({ prefix: "clipline-profile-" });
  // One shape is enough: where operators run does not depend on it.
  const { buckets: _, ...one } = options;
  try {
    const model = await openModel({ ...one, profileDirectory: directory });
    try {
      await model.warmUp([1]);
      await model.endProfile();
    } finally {
      await model.release();
    }
    const lines: string[] = [];
    for (const tower of ["textual", "visual"] as const) {
      const nodes = await profileOf(directory, tower);
      lines.push(`${tower}: ${judgePlacement(options.model[tower], nodes)}`);
    }
    return lines;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** ONNX Runtime adds the time to the name. */
async function profileOf(directory: string, tower: string): Promise<PlacedNode[]> {
  for await (const { name } of Deno.readDir(directory)) {
    if (name.startsWith(tower)) return readProfile(await Deno.readTextFile(join(directory, name)));
  }
  throw new ClipError("backend", `ONNX Runtime wrote no profile of the ${tower} graph`);
}

/** `4 Gather, 2 Add`. */
function counts(nodes: readonly PlacedNode[]): string {
  const byOp = new Map<string, number>();
  for (const { op } of nodes) byOp.set(op, (byOp.get(op) ?? 0) + 1);
  return [...byOp].sort(([, a], [, b]) => b - a).map(([op, count]) => `${count} ${op}`).join(", ");
}
