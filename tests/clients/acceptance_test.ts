/**
 * Clients that other people wrote, pinned and unmodified, and requests as programs make them that
 * have no client of their own: each script of `acceptance/` runs against one server over the
 * demonstration model. A script is a program as a user would write it, which prints a line for each
 * thing it looked at. A file beside the others is run; which programs it runs with is told by its
 * name: those that begin with `refused_` meet a server that answers nobody.
 */
import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDemoServer } from "../support/demo_server.ts";
import { openGateways } from "../support/gateways.ts";
import { nodePackages } from "../support/node_packages.ts";
import { pythonEnvironment } from "../support/python_environment.ts";

const SCRIPTS = fileURLToPath(new URL("acceptance/", import.meta.url));
const LIMIT_MS = 120_000;
/** Scripts at one time. */
const LANES = 2;

/** Scripts that are answered, and those that are not. */
const SERVED = /^(?!_|refused_).*\.(py|mjs)$/;
const REFUSED = /^refused_/;

const KEY = "sk-0123456789abcdef";

/** Where the clients are. */
interface Installed {
  python: string;
  /** infinity's client bears none of the others' packages. */
  infinity: string;
  /** The folder of an environment. */
  perfAnalyzer: string;
  nodeModules: string;
}

async function install(): Promise<Installed> {
  const list = (name: string) => new URL(`requirements/${name}`, import.meta.url);
  const [python, infinity, perfAnalyzer, nodeModules] = await Promise.all([
    pythonEnvironment(list("acceptance.txt")),
    pythonEnvironment(list("infinity-client.txt")),
    pythonEnvironment(list("perf-analyzer.txt")),
    nodePackages(list("node/")),
  ]);
  return { python, infinity, perfAnalyzer: dirname(dirname(perfAnalyzer)), nodeModules };
}

/**
 * A copy of the scripts beside their packages: Node looks for these from where a script lies, and
 * Python leaves compiled files there.
 */
async function copyScripts(nodeModules: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "clipline-clients-" });
  for await (const { name, isFile } of Deno.readDir(SCRIPTS)) {
    if (isFile) await Deno.copyFile(join(SCRIPTS, name), join(folder, name));
  }
  await Deno.symlink(nodeModules, join(folder, "node_modules"));
  return folder;
}

/** What a script is run with, and the words before its argument. */
function command(script: string, installed: Installed): [program: string, args: string[]] {
  if (script.endsWith(".mjs")) return ["node", [script]];
  const python = basename(script).startsWith("infinity_") ? installed.infinity : installed.python;
  return [python, ["-W", "ignore", script]];
}

/** Runs a script; fails with its lines that begin with FAIL, or with what it said as it broke. */
async function run(
  script: string,
  installed: Installed,
  url: string,
  env: Record<string, string>,
): Promise<void> {
  const [program, args] = command(script, installed);
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args, url],
    env: { ...env, PERF_ANALYZER: installed.perfAnalyzer },
    stdin: "null",
    signal: AbortSignal.timeout(LIMIT_MS),
  }).output();
  const decoder = new TextDecoder();
  const lines = decoder.decode(stdout).trimEnd().split("\n");
  const failed = lines.filter((line) => !/^(PASS|#)/.test(line)).join("\n");
  assert.equal(code, 0, `\n${failed}\n${decoder.decode(stderr).slice(-2000)}`);
  assert.match(lines.at(-1)!, /^[1-9]\d* passed, 0 failed, 0 skipped$/);
}

/** Runs all scripts of a kind, some beside each other, each as a step. */
async function runAll(
  t: Deno.TestContext,
  kind: RegExp,
  url: string,
  env: Record<string, string>,
): Promise<void> {
  const installed = await install();
  const folder = await copyScripts(installed.nodeModules);
  const waiting = [...Deno.readDirSync(SCRIPTS)].map(({ name }) => name)
    .filter((name) => kind.test(name)).sort();
  const lane = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const script = join(folder, name);
      await t.step({
        name,
        fn: () => run(script, installed, url, env),
        // Steps beside each other cannot be told apart by these.
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("clients that other people wrote get this server's vectors, each by its own wire", async (t) => {
  // TEI's metrics are at its own port.
  await using demo = await startDemoServer({ monitoring: true, port_monitoring: 0 });
  await runAll(t, SERVED, demo.http, { ACCEPT_SEMANTIC: "1", ACCEPT_GRPC: demo.grpc });
});

Deno.test("each client's own error is raised when its key is a wrong one", async (t) => {
  await using demo = await startDemoServer({ api_keys: [KEY] });
  await runAll(t, REFUSED, demo.http, {
    ACCEPT_REFUSAL: "key",
    ACCEPT_KEY: KEY,
    ACCEPT_GRPC: demo.grpc,
  });
});

Deno.test("each client's own error is raised when the server is full", async (t) => {
  await using gateways = await openGateways({ protocol: "[grpc, http]" });
  gateways.encoder.full = true;
  gateways.encoder.waitMs = 1000;
  const ACCEPT_GRPC = new URL(gateways.url("grpc")).host;
  await runAll(t, REFUSED, gateways.url("http"), { ACCEPT_REFUSAL: "overload", ACCEPT_GRPC });
});
