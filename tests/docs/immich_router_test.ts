/** What docs/immich.md says of a router: each task goes where it is done. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DemoHttp } from "../support/demo_http.ts";
import { ownPort } from "../support/own_port.ts";
import { RED_CIRCLE } from "../support/shape_pictures.ts";
import { until } from "../support/until.ts";
import { codeBlocks } from "./code_blocks.ts";
import { ROOT } from "./demo_program.ts";

const PAGE = "docs/immich.md";
const PROGRAM = "haproxy";

const SEARCH = { clip: { visual: { modelName: "demo" } } };
const WORDS = { clip: { textual: { modelName: "demo", options: { language: "de" } } } };
const FACES = {
  "facial-recognition": {
    detection: { modelName: "buffalo_l", options: { minScore: 0.7 } },
    recognition: { modelName: "buffalo_l" },
  },
};
const READING = { ocr: { detection: { modelName: "a" }, recognition: { modelName: "a" } } };

Deno.test({
  name: "HAProxy sends each of Immich's tasks where it is done, as docs/immich.md configures it",
  ignore: !isInstalled(),
  async fn() {
    await using clipline = await DemoHttp.start();
    await using own = ownMachineLearning();
    const folder = await Deno.makeTempDir();
    const port = await ownPort();
    const file = join(folder, "haproxy.cfg");
    const block = codeBlocks(await Deno.readTextFile(join(ROOT, PAGE)), PAGE)
      .find(({ language }) => language === "haproxy")!;
    let text = block.text;
    const here: [string, string][] = [
      [":3004", `127.0.0.1:${port}`],
      ["127.0.0.1:51001", new URL(clipline.url).host],
      ["127.0.0.1:3003", `127.0.0.1:${own.addr.port}`],
    ];
    for (const [old, now] of here) {
      assert.ok(text.includes(old), old);
      text = text.replace(old, now);
    }
    await Deno.writeTextFile(file, text);
    const router = new Deno.Command(PROGRAM, {
      args: ["-f", file],
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const url = `http://127.0.0.1:${port}`;
      const ping = () => fetch(`${url}/ping`).then(dropped, () => 0);
      await until(ping, (status) => status === 200);

      const ask = async (entries: unknown, name: string, field: string | Blob) => {
        const form = new FormData();
        form.append("entries", JSON.stringify(entries));
        if (typeof field === "string") form.append(name, field);
        else form.append(name, field);
        const response = await fetch(`${url}/predict`, { method: "POST", body: form });
        return await response.json();
      };
      // Larger than what a router holds of a body.
      const large = new Blob([RED_CIRCLE, new Uint8Array(3 << 20)]);
      for (const image of [new Blob([RED_CIRCLE]), large]) {
        assert.equal(JSON.parse((await ask(SEARCH, "image", image)).clip).length, 128);
        assert.deepEqual(await ask(FACES, "image", image), { own: "/predict" });
        assert.deepEqual(await ask(READING, "image", image), { own: "/predict" });
      }
      assert.equal(JSON.parse((await ask(WORDS, "text", "a red circle")).clip).length, 128);

      await clipline.stop();
      await until(ping, (status) => status === 503);
    } finally {
      router.kill("SIGTERM");
      await router.status;
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** What stands for Immich's own container. */
function ownMachineLearning() {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    await request.arrayBuffer();
    return Response.json({ own: new URL(request.url).pathname });
  });
}

async function dropped(response: Response): Promise<number> {
  await response.body?.cancel();
  return response.status;
}

/** Whether the program is there. Where it is not, the test is skipped aloud; in CI it must be. */
function isInstalled(): boolean {
  try {
    new Deno.Command(PROGRAM, { args: ["-v"], stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch {
    assert.ok(!Deno.env.get("CI"), `CI must have ${PROGRAM}`);
    const words = `Immich's router: ${PROGRAM} is not tested, as it is not installed\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(words));
    return false;
  }
}
