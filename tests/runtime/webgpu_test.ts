/** The WebGPU provider for real, on SwiftShader: in a process of its own, since a driver's choice
 * and its faults belong to a whole process. */
import assert from "node:assert/strict";
import {
  type Finished,
  hasSwiftShader,
  NO_VULKAN_ENV,
  runIsolated,
  SWIFTSHADER_ENV,
} from "../support/software_vulkan.ts";

const CHILD = new URL("./webgpu_child.ts", import.meta.url);
const ignore = !hasSwiftShader();
const FAMILIES = {
  "vision transformer": "vit-b/hf",
  "ResNet": "rn-a/openai_jit.pt.gz",
  "SigLIP": "families/siglip",
  "text tower of XLM-RoBERTa": "families/openclip-xlm-roberta",
};

/** All of them in one process, which the first test starts: shaders are compiled once. */
let running: Promise<Finished> | undefined;

for (const [position, [family, path]] of Object.entries(FAMILIES).entries()) {
  Deno.test({
    name: `WebGPU embeds with a ${family} as the CPU and the reference do, two replicas at once`,
    ignore,
    async fn() {
      running ??= runIsolated(CHILD, Object.values(FAMILIES), SWIFTSHADER_ENV);
      const { code, stdout, stderr } = await running;
      const line = stdout.split("\n")[position];
      assert.ok(line, stderr);
      const found = JSON.parse(line);
      assert.equal(found.path, path);
      // The software adapter has no float16, so the default falls to float32.
      assert.equal(found.dtype, "fp32");
      assert.match(found.adapter, /SwiftShader/);
      assert.deepEqual(found.rows, { texts: 3, images: 3 });
      assert.deepEqual(found.rounds, [[3, 3], [3, 3]]);
      assert.ok(found.toCpu <= 1e-4, `to the CPU: ${found.toCpu}`);
      assert.ok(found.toReference <= 1e-4, `to the reference: ${found.toReference}`);
      for (const line of found.placement) {
        assert.match(line, /: \d+ of \d+ operators on the device/);
      }
      assert.equal(code, 0, stderr);
    },
  });
}

Deno.test("WebGPU asked for by name without a driver ends with the remedy", async () => {
  const { code, stderr } = await runIsolated(CHILD, ["vit-b/hf"], NO_VULKAN_ENV);
  assert.equal(code, 1);
  assert.match(stderr, /asks for device 'webgpu', but webgpu cannot be had: /);
  assert.match(stderr, /(no Vulkan driver offers a device|libvulkan\.so\.1 is not installed)/);
  assert.match(stderr, /apt-get install libvulkan1/);
});
