/** The files that CUDA and TensorRT need, and which of them are missing on this machine. */
import { dirname, join } from "node:path";
import { createRequire } from "node:module";

/** Execution providers that are not in the npm package. */
export type SeparateProvider = "cuda" | "tensorrt";

/** The command that installs ONNX Runtime's own part. */
const SETUP_COMMAND = "deno task setup:cuda";

/**
 * ONNX Runtime's own libraries: what onnxruntime-node's install step fetches (its
 * script/install-metadata.js).
 */
const PROVIDER_FILES: Record<SeparateProvider, readonly string[]> = {
  cuda: ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"],
  tensorrt: ["libonnxruntime_providers_tensorrt.so"],
};

/**
 * NVIDIA's libraries that ONNX Runtime 1.30 loads. Its part for CUDA is built for CUDA 12 (NuGet,
 * what the install step fetches) and for CUDA 13 (onnxruntime-gpu of PyPI); what both load stands
 * below (onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html and TensorRT's page).
 */
const CUDA_GENERATIONS: readonly (readonly string[])[] = [
  ["libcudart.so.12", "libcublas.so.12", "libcublasLt.so.12", "libcufft.so.11"],
  ["libcudart.so.13", "libcublas.so.13", "libcublasLt.so.13", "libcufft.so.12"],
];
const SYSTEM_LIBRARIES: Record<SeparateProvider, readonly string[]> = {
  cuda: ["libcurand.so.10", "libcudnn.so.9"],
  tensorrt: ["libnvinfer.so.10", "libnvinfer_plugin.so.10", "libnvonnxparser.so.10"],
};

/** What is missing. */
export interface MissingLibraries {
  /** Files of ONNX Runtime that `SETUP_COMMAND` installs. */
  readonly provider: readonly string[];
  /** NVIDIA's libraries that the system's linker does not find. */
  readonly system: readonly string[];
}

/** How the machine is looked at; tests have their own. */
export interface LibraryProbe {
  fileExists(path: string): boolean;
  /** Whether the system's linker finds and loads the library. */
  loads(name: string): boolean;
}

/** This machine. */
const THIS_MACHINE: LibraryProbe = { fileExists, loads };

/** The folder of onnxruntime-node's native files on this platform. */
export function providerFolder(): string {
  const main = createRequire(import.meta.url).resolve("onnxruntime-node");
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  return join(dirname(main), "..", "bin", "napi-v6", Deno.build.os, arch);
}

/**
 * What `provider` needs and cannot find. TensorRT needs all of CUDA, too. Of CUDA's generations the
 * one counts that is here, and the older one where none or both are.
 */
export function missingLibraries(
  provider: SeparateProvider,
  folder: string = providerFolder(),
  probe: LibraryProbe = THIS_MACHINE,
): MissingLibraries {
  const wanted: SeparateProvider[] = provider === "tensorrt" ? ["cuda", "tensorrt"] : ["cuda"];
  const lacking = (names: readonly string[]) => names.filter((name) => !probe.loads(name));
  const generation = CUDA_GENERATIONS.map(lacking).reduce((least, one) =>
    one.length < least.length ? one : least
  );
  return {
    provider: wanted.flatMap((one) => PROVIDER_FILES[one])
      .filter((name) => !probe.fileExists(join(folder, name))),
    system: [...generation, ...wanted.flatMap((one) => lacking(SYSTEM_LIBRARIES[one]))],
  };
}

/** What is missing, as one sentence with the remedy; `undefined` if nothing is. */
export function describeMissing(missing: MissingLibraries): string | undefined {
  const parts: string[] = [];
  if (missing.provider.length > 0) {
    parts.push(
      `${missing.provider.join(", ")} of onnxruntime-node not installed ` +
        `(run '${SETUP_COMMAND}')`,
    );
  }
  if (missing.system.length > 0) {
    parts.push(
      `${missing.system.join(", ")} not found (install NVIDIA's ${packagesOf(missing.system)}` +
        ", or add their folder to LD_LIBRARY_PATH)",
    );
  }
  return parts.length > 0 ? parts.join("; ") : undefined;
}

function packagesOf(libraries: readonly string[]): string {
  const packages = new Set(
    libraries.map((name) => {
      if (name.startsWith("libcudnn")) return "cuDNN 9";
      if (/^libnv/.test(name)) return "TensorRT 10";
      return /(cufft\.so\.12|\.so\.13)$/.test(name) ? "CUDA 13" : "CUDA 12";
    }),
  );
  return [...packages].join(", ");
}

function fileExists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function loads(name: string): boolean {
  try {
    Deno.dlopen(name, {}).close();
    return true;
  } catch {
    return false;
  }
}
