/**
 * The image without an engine: the commands of the Dockerfile are run in an empty folder, and the
 * server is started there with the words of ENTRYPOINT and of the systemd unit.
 */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DemoProgram, ROOT } from "../docs/demo_program.ts";
import { isIgnored, valuesOf } from "./dockerfile.ts";
import { buildApp, filesBelow, fingerprint, IGNORE, IMAGE, PACKAGES, tracked } from "./image.ts";

const read = (path: string) => Deno.readTextFileSync(join(ROOT, path));

/** The words of ENTRYPOINT, and of the unit's ExecStart, without program and flow. */
function startWords(): Map<string, string[]> {
  const entrypoint: string[] = JSON.parse(valuesOf(IMAGE, "ENTRYPOINT")[0]!);
  const exec = /^ExecStart=(.*)$/m.exec(read("deploy/clipline.service"))![1]!.split(" ");
  assert.equal(entrypoint.at(-1), "main.ts");
  assert.deepEqual(exec.slice(-2), ["main.ts", "${FLOW}"]);
  return new Map([
    ["the image's ENTRYPOINT", entrypoint.slice(1)],
    ["the unit's ExecStart", exec.slice(1, -1)],
  ]);
}

Deno.test("What Dockerfile and unit start serves from a folder that it never writes to", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "clipline-image-" });
  try {
    const app = await buildApp(folder);
    const libraries = [...filesBelow(join(app, "node_modules"))]
      .filter((file) => /\.(so|node|dylib|dll)(\.\d+)*$/.test(file));
    const foreign = libraries.filter((file) => /darwin|win32|linuxmusl/.test(file));
    assert.deepEqual(foreign, [], "libraries of other platforms");
    const before = fingerprint(app);
    for (const [what, words] of startWords()) {
      await t.step(what, async () => {
        const cache = join(folder, "cache");
        const temporary = join(folder, "tmp");
        const workspace = join(folder, "workspace");
        const written = [cache, workspace, temporary];
        for (const path of written) await Deno.mkdir(path, { recursive: true });
        const readable = [app, ...written, tmpdir(), "/proc", "/etc/alpine-release"].join(",");
        const allowed = words.map((word) =>
          word.startsWith("--allow-write=")
            ? `--allow-write=${written}`
            : word.replace("${READABLE}", readable)
        );
        assert.notDeepEqual(allowed, words, "the right to write is narrowed");
        await using demo = await DemoProgram.start({
          flow: "search-flow.yml",
          cwd: app,
          words: allowed,
          env: {
            CLIPLINE_CACHE: cache,
            CLIPLINE_WORKSPACE: workspace,
            TMPDIR: temporary,
            DENO_DIR: join(temporary, "deno"),
          },
        });
        const url = `http://127.0.0.1:${demo.ports.get("http")}`;
        for (const path of ["/", "/docs", "/playground/samples/red-circle.png"]) {
          const response = await fetch(url + path, { headers: { accept: "text/html" } });
          await response.body?.cancel();
          assert.equal(response.status, 200, path);
        }
        const embedded = await fetch(`${url}/encode`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ data: [{ text: "a red circle" }] }),
        });
        const { data } = await embedded.json();
        assert.equal(data[0].embedding.length, 128);
        assert.ok(Deno.statSync(join(workspace, "indexer", "index.sqlite")).isFile);
        assert.equal(await healthCode(app, temporary, demo), 0);
      });
    }
    assert.equal(fingerprint(app), before);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The exit code of HEALTHCHECK's command. */
async function healthCode(app: string, temporary: string, demo: DemoProgram): Promise<number> {
  const command = /CMD\s+(\[.*\])$/.exec(valuesOf(IMAGE, "HEALTHCHECK")[0]!)![1]!;
  const words: string[] = JSON.parse(command);
  assert.equal(words[0], "deno");
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: words.slice(1),
    cwd: app,
    clearEnv: true,
    env: {
      DENO_DIR: join(temporary, "deno"),
      HEALTH_URL: `grpc://127.0.0.1:${demo.ports.get("grpc")}`,
    },
    stderr: "inherit",
  }).output();
  return code;
}

Deno.test("The image leaves out what it does not need and nothing else", () => {
  const out = tracked(".").filter((file) => isIgnored(file, IGNORE));
  const needed = /^(src|workers|flows|models|proto|main\.ts|deno\.(json|lock)|LICENSE|NOTICE)/;
  assert.deepEqual(out.filter((file) => needed.test(file)), []);
  for (const file of ["tests/deploy/image_test.ts", "docs/architecture.md"]) {
    assert.ok(out.includes(file), file);
  }
});

Deno.test("The image runs as nobody in particular, with pinned Deno and two writable folders", () => {
  const pinned = /deno@(\d+\.\d+\.\d+)/.exec(read(".ci/run"))![1];
  for (const stage of [PACKAGES, IMAGE]) {
    assert.match(
      valuesOf(stage, "FROM")[0]!,
      new RegExp(`^denoland/deno:${pinned}( AS packages)?$`),
    );
  }
  assert.deepEqual(valuesOf(IMAGE, "USER"), ["1993:1993"]);
  assert.deepEqual(valuesOf(IMAGE, "VOLUME"), ["/cache /workspace"]);
  const order = IMAGE.map(({ name }) => name);
  assert.ok(order.lastIndexOf("RUN") < order.indexOf("USER"), "nothing is installed as the user");
  assert.deepEqual(JSON.parse(valuesOf(IMAGE, "CMD")[0]!), ["torch-flow.yml"]);
});
