/** `listAdapters`: the one function that says which GPUs this machine has, and for which API. */
import { listCudaDevices } from "./cuda_driver.ts";
import { listVulkanDevices } from "./vulkan.ts";

/** A device that an execution provider could run on. */
export interface Adapter {
  /** The family of providers that it is for; `cuda` is TensorRT's, too. */
  api: "cuda" | "webgpu";
  name: string;
  /** It computes on the CPU (SwiftShader, llvmpipe): never taken unless asked for by name. */
  software: boolean;
  /** NVIDIA's; only CUDA devices have one. */
  uuid?: string;
  /** Made by NVIDIA, so that an empty `CUDA_VISIBLE_DEVICES` hides it. */
  nvidia: boolean;
}

/** All adapters, and where an API has none, why. */
export interface AdapterReport {
  /** CUDA devices in the driver's order, by which they are numbered. */
  adapters: readonly Adapter[];
  problems: { cuda?: string; webgpu?: string };
}

const NVIDIA_VENDOR = 0x10de;

/** Lists the adapters of this machine. */
export async function listAdapters(): Promise<AdapterReport> {
  const adapters: Adapter[] = [];
  const problems: AdapterReport["problems"] = {};
  const cuda = Deno.build.os === "linux"
    ? listCudaDevices()
    : { problem: "onnxruntime-node has CUDA for Linux only" };
  if ("problem" in cuda) problems.cuda = cuda.problem;
  else {
    for (const { name, uuid } of cuda.devices) {
      adapters.push({ api: "cuda", name, uuid, software: false, nvidia: true });
    }
  }
  const webgpu = Deno.build.os === "linux" ? listVulkanDevices() : await askBrowserApi();
  if ("problem" in webgpu) problems.webgpu = webgpu.problem;
  else {
    for (const { name, vendor, software } of webgpu.devices) {
      adapters.push({ api: "webgpu", name, software, nvidia: vendor === NVIDIA_VENDOR });
    }
  }
  return { adapters, problems };
}

/**
 * Deno's own WebGPU, for Metal and Direct3D. Not on Linux: it tells of one adapter only, and takes
 * OpenGL ones that ONNX Runtime cannot use.
 */
async function askBrowserApi(): Promise<
  { devices: { name: string; vendor: number; software: boolean }[] } | { problem: string }
> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" })
    .catch(() => null);
  if (!adapter) return { problem: "the system offers no WebGPU adapter" };
  const { description, vendor, isFallbackAdapter } = adapter.info;
  const name = description || vendor || "WebGPU adapter";
  return { devices: [{ name, vendor: Number(vendor), software: isFallbackAdapter }] };
}
