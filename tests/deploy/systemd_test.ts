import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../docs/demo_program.ts";
import { Program } from "../support/process.ts";

const UNIT = Deno.readTextFileSync(join(ROOT, "deploy/clipline.service"));
/** `systemd-analyze security` counts from 0 (nothing allowed) to 100. */
const MOST_EXPOSED = 40;

const missing = !works(["--version"]);
const ignore = missing && Deno.env.get("CI") !== "true";
if (ignore) {
  const line = "SKIPPED: the checks of the unit need systemd-analyze (Debian's systemd)\n";
  Deno.stderr.writeSync(new TextEncoder().encode(line));
}

function analyze(args: string[]): Deno.CommandOutput {
  return new Deno.Command("systemd-analyze", { args }).outputSync();
}

function works(args: string[]): boolean {
  try {
    return analyze(args).success;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

/** The unit as a file, with the Deno that there is. */
function withUnit(test: (path: string) => void): void {
  const folder = Deno.makeTempDirSync({ prefix: "clipline-unit-" });
  try {
    const path = join(folder, "clipline.service");
    Deno.writeTextFileSync(path, UNIT.replace("/usr/local/bin/deno", Deno.execPath()));
    test(path);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test({
  name: "systemd finds nothing wrong with the unit",
  ignore,
  fn: () =>
    withUnit((path) => {
      const { success, stderr } = analyze(["verify", "--man=no", path]);
      const said = new TextDecoder().decode(stderr).split("\n").filter((l) =>
        l.includes("clipline")
      );
      assert.deepEqual(said, []);
      assert.ok(success);
    }),
});

Deno.test({
  name: "systemd finds the unit well shut",
  ignore,
  fn: () =>
    withUnit((path) => {
      const args = ["security", "--offline=yes", "--no-pager", `--threshold=${MOST_EXPOSED}`, path];
      const { success, stdout } = analyze(args);
      assert.ok(success, new TextDecoder().decode(stdout));
    }),
});

Deno.test("The unit writes where its right to write is, and waits longer than the grace period", () => {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(UNIT)![1]!;
  const cache = `/var/cache/${value("CacheDirectory")}`;
  assert.ok(UNIT.includes(`Environment=CLIPLINE_CACHE=${cache}\n`));
  const state = `/var/lib/${value("StateDirectory")}`;
  assert.ok(UNIT.includes(`Environment=CLIPLINE_WORKSPACE=${state}\n`));
  const written = `--allow-write=${cache},${state},/opt/clipline/workspace,/tmp `;
  assert.ok(value("ExecStart").includes(written));
  const grace = Number(/SHUTDOWN_GRACE=(\d+)/.exec(UNIT)![1]);
  assert.ok(Number(value("TimeoutStopSec")) > grace);
  assert.equal(value("RestartPreventExitStatus"), "2");
});

Deno.test("The rights of the unit are enough to serve, and end at its folders", async () => {
  const cache = await Deno.makeTempDir({ prefix: "clipline-unit-" });
  const readable = /^Environment=READABLE=(.*)$/m.exec(UNIT)![1]!;
  const start = /^ExecStart=\S+ run (.*) main\.ts/m.exec(UNIT)![1]!;
  const permissions = start.replace("${READABLE}", readable)
    .replaceAll("/var/cache/clipline", cache).replaceAll("/opt/clipline", ROOT).split(" ");
  assert.ok(permissions.some((flag) => flag.startsWith("--allow-read=/")), start);
  const flow = (model: string) => `
jtype: Flow
with: { protocol: http, port: 0, host: 127.0.0.1 }
executors:
  - name: clip_t
    uses:
      jtype: CLIPEncoder
      with: { ${model} }
      metas: { py_modules: [clip_server.executors.clip_torch] }
`;
  const options = { permissions, env: { CLIPLINE_CACHE: cache }, cwd: ROOT };
  try {
    const served = new Program(["-i"], {
      ...options,
      stdin: flow(`name: demo, model_path: "${join(ROOT, "models/demo")}"`),
    });
    try {
      const [, url] = await served.printed(/http +(http:\/\/127\.0\.0\.1:\d+)/);
      await served.printed(/curl -s/);
      const answer = await fetch(`${url}/post`, {
        method: "POST",
        body: JSON.stringify({ data: [{ text: "x" }], execEndpoint: "/" }),
        headers: { "content-type": "application/json" },
      });
      assert.equal(answer.status, 200, await answer.text());
    } finally {
      served.kill("SIGTERM");
      await served.ended();
    }
    const elsewhere = new Program(["-i"], {
      ...options,
      stdin: flow("name: demo, model_path: /root/elsewhere"),
    });
    assert.notEqual(await elsewhere.ended(), 0);
    assert.match(elsewhere.stderr + elsewhere.stdout, /read access|\/root\/elsewhere/);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
