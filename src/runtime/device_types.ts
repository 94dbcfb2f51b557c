/** What a flow asks of a device, how the machine is looked at, and what comes of it. */
import type { Adapter, AdapterReport } from "./adapters.ts";
import type { MissingLibraries, SeparateProvider } from "./cuda_libraries.ts";
import type { ProbePrecision } from "./probe.ts";
import type { ProviderChoice } from "./session.ts";

/** Devices that a model can run on. */
export type DeviceName = "cpu" | "cuda" | "tensorrt" | "webgpu";

/** Number formats, as `dtype` names them. */
export type DtypeName = "fp32" | "fp16" | "int8";

/** What a flow asks for. */
export interface DeviceRequest {
  /** Name of the executor, for messages. */
  executor: string;
  /** `auto`, `cpu`, `cuda`, `cuda:N`, `tensorrt` or `webgpu`. */
  device: string;
  runtime: "torch" | "onnx" | "tensorrt";
  /** `null`: float16 on GPUs, float32 on the CPU. */
  dtype: DtypeName | null;
  replicas: number;
  /** `CUDA_VISIBLE_DEVICES`, if set. */
  visibleDevices?: string | undefined;
  /** `CUDA_TOTAL_DEVICES`, if set: how many devices there are, whatever the driver says. */
  totalDevices?: string | undefined;
}

/** The outcome of the choice. */
export interface DeviceChoice {
  device: DeviceName;
  /** Names of the adapters in use, or `CPU`. */
  adapter: string;
  /** Providers for replica `index`, in order of preference. */
  providers: (index: number) => readonly ProviderChoice[];
  /** What kind of graph suits it. */
  target: "cpu" | "gpu";
  /** Number format to compute in. */
  dtype: DtypeName;
  /** What was tried and why it was not taken, a line each. */
  passedOver: readonly string[];
  /** Only one session of the process may open or run at a time. */
  serial: boolean;
}

/** How the machine is looked at; tests have their own. */
export interface DeviceSystem {
  listAdapters(): Promise<AdapterReport>;
  missingLibraries(provider: SeparateProvider): MissingLibraries;
  /** Why providers do not work; `undefined` if they do. */
  probe(
    providers: readonly ProviderChoice[],
    precision: ProbePrecision,
  ): Promise<string | undefined>;
}

/** What the trying of one device is given. */
export interface DeviceTrial {
  request: DeviceRequest;
  /** The flow names this very device. */
  named: boolean;
  report: AdapterReport;
  system: DeviceSystem;
}

/** A device that works, or every reason why it does not. */
export type TrialOutcome = Omit<DeviceChoice, "passedOver"> | { problems: readonly string[] };

/** The names of adapters, each once. */
export function adapterNames(adapters: readonly Adapter[]): string {
  return [...new Set(adapters.map(({ name }) => name))].join(", ");
}
