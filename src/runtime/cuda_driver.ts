/**
 * Which GPUs the NVIDIA driver counts, asked of the driver itself (`libcuda.so.1`): the numbers are
 * those that ONNX Runtime's providers take as `deviceId`. CUDA Driver API, `cuda.h`.
 */

/** A device as the driver counts it. */
export interface CudaDevice {
  name: string;
  /** `GPU-xxxxxxxx-…`, as nvidia-smi writes it. */
  uuid: string;
}

/** The devices and the newest CUDA version that the driver serves, or why there are none. */
export type CudaDevices =
  | { devices: CudaDevice[]; driverVersion: string }
  | { problem: string };

const SYMBOLS = {
  cuInit: { parameters: ["u32"], result: "i32" },
  cuDriverGetVersion: { parameters: ["buffer"], result: "i32" },
  cuDeviceGetCount: { parameters: ["buffer"], result: "i32" },
  cuDeviceGet: { parameters: ["buffer", "i32"], result: "i32" },
  cuDeviceGetName: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  cuDeviceGetUuid: { parameters: ["buffer", "i32"], result: "i32" },
} as const;

let opened: Deno.DynamicLibrary<typeof SYMBOLS> | undefined;

/** `CUDA_ERROR_NO_DEVICE`. */
const NO_DEVICE = 100;
const NAME_BYTES = 256;

/**
 * Asks the driver. The first call in a process fixes what `CUDA_VISIBLE_DEVICES` means for all of
 * it: the driver reads the variable once.
 */
export function listCudaDevices(): CudaDevices {
  try {
    // It stays open: it cannot be started a second time after it has been unloaded.
    opened ??= Deno.dlopen("libcuda.so.1", SYMBOLS);
  } catch {
    return { problem: "the NVIDIA driver (libcuda.so.1) is not installed" };
  }
  const cuda = opened.symbols;
  const started = cuda.cuInit(0);
  if (started === NO_DEVICE) return { problem: "the NVIDIA driver finds no device" };
  if (started !== 0) return { problem: `the NVIDIA driver does not start (error ${started})` };
  const word = new Int32Array(1);
  cuda.cuDriverGetVersion(word);
  const driverVersion = cudaVersion(word[0]!);
  if (cuda.cuDeviceGetCount(word) !== 0 || word[0] === 0) {
    return { problem: "the NVIDIA driver counts no device" };
  }
  const devices = Array.from({ length: word[0]! }, (_, index): CudaDevice => {
    const handle = new Int32Array(1);
    cuda.cuDeviceGet(handle, index);
    const name = new Uint8Array(NAME_BYTES);
    cuda.cuDeviceGetName(name, name.length, handle[0]!);
    const uuid = new Uint8Array(16);
    cuda.cuDeviceGetUuid(uuid, handle[0]!);
    const end = name.indexOf(0);
    return { name: new TextDecoder().decode(name.subarray(0, end)), uuid: formatUuid(uuid) };
  });
  return { devices, driverVersion };
}

/** CUDA writes 12.4 as 12040. */
export function cudaVersion(number: number): string {
  return `${Math.floor(number / 1000)}.${Math.floor(number % 1000 / 10)}`;
}

function formatUuid(bytes: Uint8Array): string {
  const hex = bytes.toHex();
  const parts = [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) =>
    hex.slice(from, to)
  );
  return `GPU-${parts.join("-")}`;
}
