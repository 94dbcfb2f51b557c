import assert from "node:assert/strict";
import { KERNEL_WASM_BASE64 } from "../../../src/model/image/kernel_wasm.ts";
import { assembleKernel } from "../../../tools/build_kernels.ts";

Deno.test("kernel_wasm.ts is what kernel.wat assembles to", async () => {
  assert.equal(
    KERNEL_WASM_BASE64,
    (await assembleKernel("src/model/image/kernel")).toBase64(),
    "run: deno run -A tools/build_kernels.ts",
  );
});
