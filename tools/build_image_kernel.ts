/**
 * Assembles `src/model/image/kernel.wat` and writes it as base64 in `src/model/image/kernel_wasm.ts`.
 *
 *     deno run -A tools/build_image_kernel.ts
 *
 * The result is committed, so that running clipline needs no assembler; a test assembles the source
 * again and compares.
 */
import loadWabt from "wabt";

const folder = new URL("../src/model/image/", import.meta.url);

/** The WebAssembly binary of the kernel's source. */
export async function assembleKernel(): Promise<Uint8Array> {
  const wabt = await loadWabt();
  const source = await Deno.readTextFile(new URL("kernel.wat", folder));
  const module = wabt.parseWat("kernel.wat", source, { simd: true, relaxed_simd: true });
  try {
    module.validate();
    return new Uint8Array(module.toBinary({ write_debug_names: false }).buffer);
  } finally {
    module.destroy();
  }
}

if (import.meta.main) {
  const binary = await assembleKernel();
  const lines = binary.toBase64().match(/.{1,90}/g) ?? [];
  const text = `// Written by tools/build_image_kernel.ts from kernel.wat: do not edit.

/** The WebAssembly binary of \`kernel.wat\`, base64. */
export const KERNEL_WASM_BASE64 =
  ${lines.map((line) => JSON.stringify(line)).join(" +\n  ")};
`;
  await Deno.writeTextFile(new URL("kernel_wasm.ts", folder), text);
}
