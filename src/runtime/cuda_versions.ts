/** Which versions of NVIDIA's driver and libraries this machine has, as they say themselves. */
import { cudaVersion, listCudaDevices } from "./cuda_driver.ts";

/** Versions found; `undefined` where a library is not there. */
export interface CudaVersions {
  /** Driver, e.g. `550.54.14`. */
  driver: string | undefined;
  /** Newest CUDA version that the driver serves. */
  driverCuda: string | undefined;
  /** Devices that the driver counts, or why it counts none. */
  devices: readonly string[] | { problem: string };
  /** CUDA runtime library; of two generations both. */
  runtime: string | undefined;
  cudnn: string | undefined;
  tensorrt: string | undefined;
}

/** Asks the driver and the libraries. */
export function readCudaVersions(): CudaVersions {
  const driver = listCudaDevices();
  return {
    driver: kernelModuleVersion(),
    driverCuda: "problem" in driver ? undefined : driver.driverVersion,
    devices: "problem" in driver ? driver : driver.devices.map(({ name }) => name),
    runtime: runtimeVersion(),
    cudnn: libraryNumber("libcudnn.so.9", "cudnnGetVersion", (n) => dotted(n, 10_000, 100)),
    tensorrt: libraryNumber(
      "libnvinfer.so.10",
      "getInferLibVersion",
      (n) => dotted(n, 10_000, 100),
    ),
  };
}

/** From "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  …". */
function kernelModuleVersion(): string | undefined {
  try {
    const text = Deno.readTextFileSync("/proc/driver/nvidia/version");
    return /\b(\d{3,}\.\d+(\.\d+)?)\b/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

function runtimeVersion(): string | undefined {
  const versions = ["libcudart.so.12", "libcudart.so.13"].flatMap((name) => runtimeOf(name) ?? []);
  return versions.length === 0 ? undefined : versions.join(" and ");
}

function runtimeOf(name: string): string | undefined {
  try {
    const library = Deno.dlopen(name, {
      cudaRuntimeGetVersion: { parameters: ["buffer"], result: "i32" },
    });
    const word = new Int32Array(1);
    const failed = library.symbols.cudaRuntimeGetVersion(word) !== 0;
    library.close();
    return failed ? undefined : cudaVersion(word[0]!);
  } catch {
    return undefined;
  }
}

function libraryNumber(
  name: string,
  symbol: string,
  format: (number: number) => string,
): string | undefined {
  try {
    const library = Deno.dlopen(name, { [symbol]: { parameters: [], result: "i32" } });
    const ask = library.symbols[symbol] as () => number;
    const version = format(ask());
    library.close();
    return version;
  } catch {
    return undefined;
  }
}

/** cuDNN 9 and TensorRT 10 write 9.1.2 as 90102. */
function dotted(number: number, major: number, minor: number): string {
  const rest = number % major;
  return `${Math.floor(number / major)}.${Math.floor(rest / minor)}.${rest % minor}`;
}
