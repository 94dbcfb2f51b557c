import assert from "node:assert/strict";
import { KERNEL_WASM_BASE64 } from "../../src/encoding/float_digits_wasm.ts";
import { assembleKernel } from "../../tools/build_kernels.ts";

Deno.test("float_digits_wasm.ts is what float_digits.wat assembles to", async () => {
  assert.equal(
    KERNEL_WASM_BASE64,
    (await assembleKernel("src/encoding/float_digits")).toBase64(),
    "run: deno run -A tools/build_kernels.ts",
  );
});
