// deno-lint-ignore-file no-console -- a command-line program
/**
 * Installs ONNX Runtime's libraries for CUDA and TensorRT by onnxruntime-node's own install step,
 * and says which of NVIDIA's parts are found.
 *
 *     deno task setup:cuda
 *
 * Settings of that step are honoured: `ONNXRUNTIME_NODE_INSTALL=skip` installs nothing,
 * `GLOBAL_AGENT_HTTPS_PROXY` is the proxy (`HTTPS_PROXY` serves as well). Exit code 0: ONNX
 * Runtime's libraries are there, or were not wanted; 1: they could not be installed.
 */
import { join } from "node:path";
import {
  type MissingLibraries,
  missingLibraries,
  providerFolder,
} from "../src/runtime/cuda_libraries.ts";
import { type CudaVersions, readCudaVersions } from "../src/runtime/cuda_versions.ts";
import { runtimeVersion } from "../src/runtime/session.ts";

/** What CUDA 12 needs of the driver (docs.nvidia.com, CUDA compatibility, table 2). */
const MIN_DRIVER_MAJOR = 525;

/** The versions and what is missing, a line each. */
export function report(versions: CudaVersions, missing: MissingLibraries): string[] {
  const { devices } = versions;
  const found = (version: string | undefined, wanted: string) => version ?? `not found (${wanted})`;
  const old = Number(versions.driver?.split(".")[0]) < MIN_DRIVER_MAJOR
    ? `, too old: CUDA 12 needs ${MIN_DRIVER_MAJOR} or later`
    : "";
  const lines = [
    `NVIDIA driver  ${found(versions.driver, `${MIN_DRIVER_MAJOR} or later is needed`)}${old}`,
    `serves CUDA    ${found(versions.driverCuda, "12.0 or later is needed")}`,
    `devices        ${"problem" in devices ? `none: ${devices.problem}` : devices.join(", ")}`,
    `CUDA runtime   ${found(versions.runtime, "CUDA 12 or 13 is needed")}`,
    `cuDNN          ${found(versions.cudnn, "cuDNN 9 is needed")}`,
    `TensorRT       ${found(versions.tensorrt, "TensorRT 10, only for the tensorrt runtime")}`,
  ];
  if (missing.system.length > 0) {
    lines.push(`missing        ${missing.system.join(", ")}: install them with NVIDIA's packages`);
  }
  return lines;
}

/** The one line of a failed install step that says why. */
export function failureReason(stderr: string): string {
  // deno-lint-ignore no-control-regex -- colours
  const plain = stderr.replace(/\x1b\[[\d;]*m/g, "");
  return /(?:^|\s)\w*Error: (.+)$/m.exec(plain)?.[1] ?? plain.trim().split("\n").at(-1) ??
    "no reason given";
}

/** Runs the install step. @returns why it failed; `undefined` if it did not. */
async function install(): Promise<string | undefined> {
  // bin/napi-v6/<system>/<processor> up to the package.
  const script = join(providerFolder(), "..", "..", "..", "..", "script", "install.js");
  const proxy = Deno.env.get("HTTPS_PROXY") ?? Deno.env.get("https_proxy");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script],
    env: {
      // Without it the step does nothing where it believes to run in its own source tree.
      ONNXRUNTIME_NODE_INSTALL: "true",
      ...(proxy === undefined ? {} : { GLOBAL_AGENT_HTTPS_PROXY: proxy }),
      ...pick("ONNXRUNTIME_NODE_INSTALL", "GLOBAL_AGENT_HTTPS_PROXY"),
    },
    stdout: "inherit",
    stderr: "piped",
  }).output();
  return success ? undefined : failureReason(new TextDecoder().decode(stderr));
}

function pick(...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => Deno.env.get(name) ? [[name, Deno.env.get(name)!]] : []),
  );
}

function explain(reason: string, folder: string): string {
  return `Cannot install ONNX Runtime's CUDA libraries: ${reason}. They come from api.nuget.org: ` +
    "this needs the internet; behind a proxy set HTTPS_PROXY. Without it, take " +
    "runtimes/linux-x64/native/libonnxruntime_providers_{shared,cuda,tensorrt}.so out of the " +
    `NuGet package Microsoft.ML.OnnxRuntime.Gpu.Linux ${runtimeVersion()} (CUDA 12), or out of ` +
    `onnxruntime/capi of PyPI's onnxruntime-gpu ${runtimeVersion()} (CUDA 13), and copy them to ${folder}`;
}

/** The program; its exit code. */
async function main(): Promise<number> {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    console.error(
      `onnxruntime-node has CUDA for Linux on x86_64 only: this is ${Deno.build.target}. ` +
        "Use 'device: webgpu' here",
    );
    return 1;
  }
  const folder = providerFolder();
  const before = missingLibraries("tensorrt", folder);
  if (Deno.env.get("ONNXRUNTIME_NODE_INSTALL") === "skip") {
    console.log("Nothing is installed, as ONNXRUNTIME_NODE_INSTALL is 'skip'");
  } else if (before.provider.length === 0) {
    console.log("ONNX Runtime's CUDA libraries are installed");
  } else {
    const reason = await install();
    const still = missingLibraries("tensorrt", folder).provider;
    if (reason !== undefined || still.length > 0) {
      console.error(explain(reason ?? `${still.join(", ")} did not arrive`, folder));
      return 1;
    }
    console.log(`ONNX Runtime's CUDA libraries are installed in ${folder}`);
  }
  for (const line of report(readCudaVersions(), missingLibraries("tensorrt", folder))) {
    console.log(line);
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main());
