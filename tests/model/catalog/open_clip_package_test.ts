/** That the committed table is what the packages that it names hold. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { output } from "../../../bench/peers/environment.ts";
import committed from "../../../src/model/catalog/open_clip.json" with { type: "json" };
import { pythonEnvironment } from "../../support/python_environment.ts";

const TOOL = fileURLToPath(new URL("../../../tools/catalog/read_open_clip.py", import.meta.url));
const LIST = new URL("../../fixtures/catalog/requirements.txt", import.meta.url);

Deno.test("src/model/catalog/open_clip.json is what open_clip_torch and timm hold (tools/catalog/read_open_clip.py)", async () => {
  const python = await pythonEnvironment(LIST);
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "open_clip.json");
    await output(python, [TOOL, path]);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(path)), committed);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
