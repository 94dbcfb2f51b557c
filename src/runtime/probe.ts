/** A try of an execution provider with a graph of a few numbers: does it load, and does it compute? */
import { encodeModel, type GraphNode, type Initializer } from "../graph/onnx_proto.ts";
import { webgpuLockMemory } from "./device_lock.ts";
import { type ProviderChoice, Session } from "./session.ts";

/** What the try computes in. */
export type ProbePrecision = "fp32" | "fp16";

/** Owner of the device lock on the main thread. */
export const MAIN_THREAD_OWNER = -1;

const WIDTH = 4;
const ROWS = 2;

/**
 * Tries a provider. A fault of a provider shows at the first run, not when the session is opened:
 * float16 on a WebGPU device without `shader-f16` does.
 *
 * @returns why it does not work; `undefined` if it does.
 */
export async function probeProvider(
  providers: readonly ProviderChoice[],
  precision: ProbePrecision,
): Promise<string | undefined> {
  const serial = providers.some(({ name }) => name === "webgpu");
  try {
    const session = await Session.open(probeGraph(precision), {
      providers,
      threads: 1,
      quiet: true,
      ...(serial ? { lock: { memory: webgpuLockMemory(), owner: MAIN_THREAD_OWNER } } : {}),
    });
    try {
      const x = Float32Array.from({ length: ROWS * WIDTH }, (_, i) => i - 3);
      const feed = { type: "float32", data: x, dims: [ROWS, WIDTH] } as const;
      const { data } = await session.run({ x: feed }, "y");
      // The weights are twice the identity: small whole numbers are exact in float16, too.
      const wrong = x.findIndex((value, i) => data[i] !== 2 * value);
      return wrong < 0 ? undefined : `it computes ${data[wrong]} where ${2 * x[wrong]!} is right`;
    } finally {
      await session.release();
    }
  } catch (thrown) {
    return reason(thrown);
  }
}

/** `y = x · 2I`, with conversions to float16 and back where that is asked for. */
function probeGraph(precision: ProbePrecision): Uint8Array {
  const half = precision === "fp16";
  const node = (op: string, inputs: string[], output: string, to?: number): GraphNode => ({
    op,
    domain: "",
    name: output,
    inputs,
    outputs: [output],
    attributes: new Map(to === undefined ? [] : [["to", { kind: "i", value: to }]]),
  });
  const [float32, float16] = [1, 10];
  const weights: Initializer = {
    name: "w",
    type: half ? "float16" : "float32",
    dims: [WIDTH, WIDTH],
    data: { raw: twiceIdentity(half) },
  };
  const nodes = half
    ? [
      node("Cast", ["x"], "x16", float16),
      node("MatMul", ["x16", "w"], "y16"),
      node("Cast", ["y16"], "y", float32),
    ]
    : [node("MatMul", ["x", "w"], "y")];
  return encodeModel({
    name: "probe",
    producer: { name: "clipline", version: "1" },
    opsets: new Map([["", 17]]),
    nodes,
    inputs: [{ name: "x", type: "float32", dims: ["n", WIDTH] }],
    outputs: [{ name: "y", type: "float32", dims: ["n", WIDTH] }],
    initializers: [weights],
  });
}

function twiceIdentity(half: boolean): Uint8Array {
  // 2.0 in IEEE 754: 0x4000 in binary16, 0x40000000 in binary32.
  const values = half ? new Uint16Array(WIDTH * WIDTH) : new Uint32Array(WIDTH * WIDTH);
  for (let i = 0; i < WIDTH; i++) values[i * (WIDTH + 1)] = half ? 0x4000 : 0x40000000;
  return new Uint8Array(values.buffer);
}

/** ONNX Runtime's message without the place in its source, in one line. */
function reason(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.replace(/\/\S*\/([\w.]+:\d+)/g, "$1").split("\n")[0]!.trim();
}
