/** Which device a model runs on: what the flow asks for against what is there. */
import type { ProviderChoice } from "./session.ts";

/** Devices a flow may name. */
export type DeviceName = "cpu" | "cuda" | "tensorrt" | "webgpu";

/** The outcome of the choice. */
export interface DeviceChoice {
  device: DeviceName;
  /** Providers for replica `index`, in order of preference. */
  providers: (index: number) => readonly ProviderChoice[];
  /** What kind of graph suits it. */
  target: "cpu" | "gpu";
  /** What was tried and why it was not taken, a line each. */
  passedOver: readonly string[];
}

/** The CPU, which is always there. */
export function cpuDevice(passedOver: readonly string[] = []): DeviceChoice {
  return { device: "cpu", providers: () => [{ name: "cpu" }], target: "cpu", passedOver };
}
