/** The fixture checkpoints, unpacked to where tests can open and change them. */

import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { untar } from "../support/families.ts";

/** The folder of the fixture checkpoints. */
export const CHECKPOINTS = fileURLToPath(new URL("../fixtures/checkpoints/", import.meta.url));

/** The bytes of a gzipped fixture, e.g. `vit-b/openai_jit.pt`. */
export function fixtureBytes(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gunzipSync(Deno.readFileSync(join(CHECKPOINTS, `${name}.gz`))));
}

let variants: Map<string, Uint8Array<ArrayBuffer>> | undefined;

/** vit-b as the versions of `torch.save` write it: file name -> bytes. */
export function torchSaveVariants(): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  variants ??= untar(
    new Uint8Array(
      brotliDecompressSync(
        Deno.readFileSync(join(CHECKPOINTS, "vit-b/torch_save_variants.tar.br")),
      ),
    ),
  );
  return variants;
}

/** The bytes of one of them. */
export function variant(name: string): Uint8Array<ArrayBuffer> {
  const bytes = torchSaveVariants().get(name);
  if (bytes === undefined) throw new Error(`there is no fixture '${name}'`);
  return bytes;
}

/** Runs `body` with a temporary folder that holds `files` (path -> content). */
export function withFolder<T>(
  files: Readonly<Record<string, Uint8Array | string>>,
  body: (folder: string) => T,
): T {
  const folder = Deno.makeTempDirSync({ prefix: "clipline-test-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      Deno.mkdirSync(dirname(path), { recursive: true });
      if (typeof content === "string") Deno.writeTextFileSync(path, content);
      else Deno.writeFileSync(path, content);
    }
    return body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
