import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onnxModel } from "../support/onnx_model.ts";

const CHILD = fileURLToPath(new URL("telemetry_off_child.ts", import.meta.url));

/** Paths of all files below. */
function* files(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* files(path);
    else yield path;
  }
}

Deno.test("ONNX Runtime keeps no device id and starts no uploader", async () => {
  const model = join(await onnxModel("rn-a"), "textual.onnx");
  const home = await Deno.makeTempDir({ prefix: "clipline-home-" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--cached-only", CHILD, model],
      // Without the variables of CI machines, where the library is silent by itself.
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        HOME: home,
        TMPDIR: home,
        DENO_DIR: join(home, "d"),
      },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const left = [...files(home)].filter((path) => /microsoft|onnxruntime|mat-debug/i.test(path));
    assert.deepEqual(left, []);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
