/**
 * One ONNX Runtime session behind a small interface. This is the only file that imports
 * onnxruntime-node.
 *
 * `run()` computes on the calling thread although it returns a promise (onnxruntime-node 1.30): a
 * thread that owns a session does nothing else meanwhile.
 */
// First: ONNX Runtime reads the variable as it is loaded.
import "./telemetry_off.ts";
import * as ort from "onnxruntime-node";
import { ClipError } from "../errors.ts";
import { DeviceLock, type LockMemory } from "./device_lock.ts";

/** A graph's input or output as the model file declares it. */
export interface ValueInfo {
  name: string;
  /** ONNX element type, e.g. `float32`, `int64`. */
  type: string;
  /** A number for a fixed axis, a name for a free one. */
  shape: readonly (number | string)[];
}

/** An execution provider with its device. */
export interface ProviderChoice {
  name: "cpu" | "cuda" | "tensorrt" | "webgpu";
  /** Device index as the driver counts; only CUDA and TensorRT read it. */
  deviceId?: number;
}

/** How a session is opened. */
export interface SessionOptions {
  /** In order of preference; the later ones take the nodes that the earlier ones cannot. */
  providers: readonly ProviderChoice[];
  /** Threads that compute one operator. */
  threads: number;
  /** Writes the optimised graph here. */
  optimizedModelPath?: string;
  /** The graph is the optimiser's output already: do not optimise again. */
  alreadyOptimized?: boolean;
  /** Entries by their names in onnxruntime_session_options_config_keys.h. */
  config?: Readonly<Record<string, string>>;
  /** Opens, runs and releases one at a time with all others of the same memory. */
  lock?: { memory: LockMemory; owner: number };
  /** Where `endProfile` finds what ran where: path and beginning of the file's name. */
  profilePrefix?: string;
  /** Faults are expected: ONNX Runtime writes none to standard error itself. */
  quiet?: boolean;
}

/** A tensor that a graph is fed with. The arrays must not lie on a `SharedArrayBuffer`. */
export type Feed =
  | { type: "float32"; data: Float32Array; dims: readonly number[] }
  | { type: "uint8"; data: Uint8Array; dims: readonly number[] }
  | { type: "int32"; data: Int32Array; dims: readonly number[] }
  | { type: "int64"; data: BigInt64Array; dims: readonly number[] };

/** An opened graph. */
export class Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly #session: ort.InferenceSession;
  readonly #lock: DeviceLock | undefined;

  private constructor(session: ort.InferenceSession, lock: DeviceLock | undefined) {
    this.#session = session;
    this.#lock = lock;
    this.inputs = session.inputMetadata.map(toValueInfo);
    this.outputs = session.outputMetadata.map(toValueInfo);
  }

  /**
   * Opens a graph: a file, or the bytes of one without external data.
   * @throws {ClipError} "model" if the file cannot be read as ONNX, "backend" if a provider cannot
   * be had.
   */
  static async open(graph: string | Uint8Array, options: SessionOptions): Promise<Session> {
    const lock = options.lock && new DeviceLock(options.lock.memory, options.lock.owner);
    const create = () => ort.InferenceSession.create(graph as string, toOrtOptions(options));
    try {
      return new Session(await (lock ? lock.hold(create) : create()), lock);
    } catch (thrown) {
      throw openError(typeof graph === "string" ? graph : "The graph", options, thrown);
    }
  }

  /**
   * Computes one output for the feeds.
   * @returns the output's data and its dimensions.
   * @throws {ClipError} "backend" with ONNX Runtime's reason.
   */
  async run(
    feeds: Record<string, Feed>,
    output: string,
  ): Promise<{ data: Float32Array; dims: readonly number[] }> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const [name, feed] of Object.entries(feeds)) {
      tensors[name] = new ort.Tensor(feed.type, feed.data as never, feed.dims);
    }
    try {
      const results = await this.#alone(() => this.#session.run(tensors, [output]));
      const tensor = results[output]!;
      return { data: tensor.data as Float32Array, dims: tensor.dims };
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new ClipError("backend", `ONNX Runtime failed: ${reason}`, { cause: thrown });
    }
  }

  /** Ends the profile that `profilePrefix` began; its file is whole afterwards. */
  async endProfile(): Promise<void> {
    await this.#alone(() => Promise.resolve(this.#session.endProfiling()));
  }

  /** Frees the session's memory. */
  async release(): Promise<void> {
    await this.#alone(() => this.#session.release());
  }

  #alone<T>(body: () => Promise<T>): Promise<T> {
    return this.#lock ? this.#lock.hold(body) : body();
  }
}

/** The version of onnxruntime-node. */
export function runtimeVersion(): string {
  return ort.env.versions.node ?? ort.env.versions.common;
}

function toValueInfo(meta: ort.InferenceSession.ValueMetadata): ValueInfo {
  if (!meta.isTensor) return { name: meta.name, type: "sequence", shape: [] };
  return { name: meta.name, type: meta.type, shape: meta.shape };
}

function toOrtOptions(options: SessionOptions): ort.InferenceSession.SessionOptions {
  const config: ort.InferenceSession.SessionOptions = {
    executionProviders: options.providers.map((provider) =>
      provider.deviceId === undefined
        ? provider.name
        : { name: provider.name, deviceId: provider.deviceId }
    ),
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: options.alreadyOptimized ? "disabled" : "all",
    // The pattern is kept once per input shape: with free lengths that is memory without end.
    enableMemPattern: false,
    enableCpuMemArena: true,
    logSeverityLevel: options.quiet ? 4 : 3,
  };
  if (options.config !== undefined) config.extra = { ...options.config };
  if (options.profilePrefix !== undefined) {
    config.enableProfiling = true;
    config.profileFilePrefix = options.profilePrefix;
  }
  if (options.optimizedModelPath !== undefined) {
    config.optimizedModelFilePath = options.optimizedModelPath;
  }
  return config;
}

function openError(path: string, options: SessionOptions, thrown: unknown): ClipError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const provider = options.providers[0]?.name ?? "cpu";
  if (
    /ExecutionProvider|execution provider|WebGPU|backend not found|shared library/i.test(reason)
  ) {
    return new ClipError(
      "backend",
      `The execution provider '${provider}' cannot be had: ${reason}`,
      { cause: thrown },
    );
  }
  return new ClipError("model", `${path} cannot be loaded as an ONNX graph: ${reason}`, {
    cause: thrown,
  });
}
