import assert from "node:assert/strict";
import { KERNEL_WASM_BASE64 } from "../../../src/index/embedded/codes_wasm.ts";
import { assembleKernel } from "../../../tools/build_kernels.ts";

Deno.test("codes_wasm.ts is what codes.wat assembles to", async () => {
  assert.equal(
    KERNEL_WASM_BASE64,
    (await assembleKernel("src/index/embedded/codes")).toBase64(),
    "run: deno run -A tools/build_kernels.ts",
  );
});
