/**
 * A Vulkan driver that computes on the CPU, for tests of the WebGPU provider: the SwiftShader that
 * comes with Debian's Chromium (`apt-get install libvulkan1 chromium`). Mesa's llvmpipe is refused
 * by ONNX Runtime's WebGPU.
 */
import assert from "node:assert/strict";

const ICD = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Variables by which the Vulkan loader takes SwiftShader and nothing else. */
export const SWIFTSHADER_ENV = { VK_ICD_FILENAMES: ICD, VK_DRIVER_FILES: ICD };

/** Variables by which the Vulkan loader finds no driver at all. */
export const NO_VULKAN_ENV = { VK_ICD_FILENAMES: "/nowhere", VK_DRIVER_FILES: "/nowhere" };

const LOADER = "libvulkan.so.1";

/**
 * Whether the driver and the loader that finds it are there. Where it is not, tests of it are skipped aloud; in CI, which
 * installs it, that is a failure.
 */
export function hasSwiftShader(): boolean {
  try {
    Deno.statSync(ICD);
    Deno.dlopen(LOADER, {}).close();
    return true;
  } catch (thrown) {
    const missing = thrown instanceof Deno.errors.NotFound ? ICD : LOADER;
    assert.ok(!Deno.env.get("CI"), `CI must have SwiftShader: ${missing} is not there`);
    Deno.stderr.writeSync(
      new TextEncoder().encode(
        `WebGPU is not tested: install chromium and libvulkan1 (${missing})\n`,
      ),
    );
    return false;
  }
}

/** What a program that was run to its end left. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a module of the tests in a process of its own, with these variables set. */
export async function runIsolated(
  module: URL,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Finished> {
  const { code, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", module.href, ...args],
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return {
    code,
    stdout: decode(stdout),
    stderr: decode(stderr) + (signal === null ? "" : `\nended by ${signal}`),
  };
}
