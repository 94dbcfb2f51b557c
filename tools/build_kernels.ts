/**
 * Assembles the WebAssembly kernels: `NAME.wat` becomes base64 in `NAME_wasm.ts` beside it.
 *
 *     deno run -A tools/build_kernels.ts
 *
 * The results are committed, so that running clipline needs no assembler; tests assemble the sources
 * again and compare.
 */
import loadWabt from "wabt";

const ROOT = new URL("../", import.meta.url);
const KERNELS = ["src/encoding/float_digits", "src/index/embedded/codes", "src/model/image/kernel"];

/**
 * The WebAssembly binary of a kernel's source.
 *
 * @param name path of the source from the repository's root, without `.wat`.
 */
export async function assembleKernel(name: string): Promise<Uint8Array> {
  const wabt = await loadWabt();
  const source = await Deno.readTextFile(new URL(`${name}.wat`, ROOT));
  const module = wabt.parseWat(`${name}.wat`, source, { simd: true, relaxed_simd: true });
  try {
    module.validate();
    return new Uint8Array(module.toBinary({ write_debug_names: false }).buffer);
  } finally {
    module.destroy();
  }
}

if (import.meta.main) {
  for (const name of KERNELS) {
    const binary = await assembleKernel(name);
    const lines = binary.toBase64().match(/.{1,90}/g) ?? [];
    const source = `${name.slice(name.lastIndexOf("/") + 1)}.wat`;
    const text = `// Written by tools/build_kernels.ts from ${source}: do not edit.

/** The WebAssembly binary of \`${source}\`, base64. */
export const KERNEL_WASM_BASE64 =
  ${lines.map((line) => JSON.stringify(line)).join(" +\n  ")};
`;
    await Deno.writeTextFile(new URL(`${name}_wasm.ts`, ROOT), text);
  }
}
