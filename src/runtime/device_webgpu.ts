/** WebGPU as a device: on any adapter with a Vulkan driver, nothing to install but that. */
import { adapterNames, type DeviceTrial, type TrialOutcome } from "./device_types.ts";
import type { ProviderChoice } from "./session.ts";

const PROVIDERS: readonly ProviderChoice[] = [{ name: "webgpu" }];

/** Tries WebGPU. A software adapter is taken only if WebGPU was asked for by name. */
export async function tryWebgpu(trial: DeviceTrial): Promise<TrialOutcome> {
  const { request, named, report, system } = trial;
  const all = report.adapters.filter(({ api }) => api === "webgpu");
  if (all.length === 0) {
    const problem = report.problems.webgpu ?? "there is no WebGPU adapter";
    return {
      problems: [
        `${problem} (on Debian: apt-get install libvulkan1 and the GPU's driver; NVIDIA's needs ` +
        "libx11-6 and libxext6 too)",
      ],
    };
  }
  const hardware = all.filter(({ software }) => !software);
  if (!named) {
    if (hardware.length === 0) {
      return {
        problems: [`only in software (${adapterNames(all)}), which is slower than the CPU`],
      };
    }
    const hidden = request.visibleDevices?.trim() === "";
    if (hidden && hardware.every(({ nvidia }) => nvidia)) {
      return { problems: ["CUDA_VISIBLE_DEVICES is empty, which hides NVIDIA's GPUs"] };
    }
  }
  const precision = request.dtype === "fp16" ? "fp16" : "fp32";
  const problem = await system.probe(PROVIDERS, precision);
  if (problem !== undefined) {
    const what = precision === "fp16" ? "it does not compute in float16" : "it does not work";
    return { problems: [`${what} on ${adapterNames(all)}: ${problem}`] };
  }
  const half = request.dtype === null && await system.probe(PROVIDERS, "fp16") === undefined;
  return {
    device: "webgpu",
    // The one that ONNX Runtime takes: it asks for high performance, so hardware comes first.
    adapter: adapterNames(hardware.length > 0 ? hardware : all),
    providers: () => PROVIDERS,
    target: "gpu",
    dtype: request.dtype ?? (half ? "fp16" : "fp32"),
    serial: true,
  };
}
