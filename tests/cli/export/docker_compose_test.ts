/** `export docker-compose` as somebody types it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Certificates } from "../../support/certificates.ts";
import { Program } from "../../support/process.ts";
import { loadComposeFile } from "../../deploy/container/compose_project.ts";

interface Told {
  code: number;
  out: string;
  err: string;
}

async function run(cwd: string, ...args: string[]): Promise<Told> {
  const program = new Program(["export", "docker-compose", ...args], {
    cwd,
    env: { API_TOKEN: "of-this-machine" },
  });
  const code = await program.ended();
  return { code, out: program.stdout, err: program.stderr };
}

/** A folder of its own. */
async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "clipline-compose-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a Compose file and the flow are written, told, and replaced; files of others are not", async () => {
  await withFolder(async (folder) => {
    const first = await run(
      folder,
      "torch",
      "docker-compose.yml",
      "--network_name",
      "jina-network",
    );
    assert.equal(first.code, 0, first.err);
    assert.match(first.err, /^Note: The flow does not speak of 'monitoring'/);
    assert.match(first.out, /\ndocker compose -f docker-compose\.yml up -d\n$/);
    assert.match(
      await Deno.readTextFile(join(folder, "docker-compose.flow.yml")),
      /monitoring: true/,
    );
    const { services, networks } = await loadComposeFile(join(folder, "docker-compose.yml"));
    assert.equal(networks!["jina-network"]!.driver, "bridge");
    for (const { networks } of Object.values(services)) {
      assert.deepEqual(Object.keys(networks!), ["jina-network"]);
    }
    const again = await run(folder, "demo", "docker-compose.yml");
    assert.equal(again.code, 0, again.err);
    await Deno.writeTextFile(join(folder, "docker-compose.flow.yml"), "# mine\n");
    const refused = await run(folder, "demo", "docker-compose.yml");
    assert.equal(refused.code, 2);
    assert.match(refused.err, /'docker-compose\.flow\.yml' is there, and export did not write it/);
  });
});

Deno.test("what is secret is not in a Compose file, and who reads it is told", async () => {
  using certificates = new Certificates();
  certificates.selfSigned("server");
  await withFolder(async (folder) => {
    const flow = join(folder, "my-flow.yml");
    await Deno.writeTextFile(
      flow,
      JSON.stringify({
        jtype: "Flow",
        with: {
          protocol: "http",
          port: 8443,
          ssl_certfile: certificates.path("server.crt"),
          ssl_keyfile: certificates.path("server.key"),
          api_keys: [{ name: "a", key: "never-to-be-seen-by-anybody-else" }],
        },
        executors: [{
          name: "clip",
          uses: { jtype: "CLIPEncoder", metas: { py_modules: ["clip_torch"] } },
        }],
      }),
    );
    const { code, out, err } = await run(folder, flow, "out/c.yaml", "--env", "API_TOKEN");
    assert.equal(code, 0, err);
    assert.match(out, /sudo chown 1993 out\/c\.flow\.yml \S+server\.crt \S+server\.key\n/);
    assert.match(out, /in \.env beside the file: API_TOKEN\n/);
    const text = await Deno.readTextFile(join(folder, "out/c.yaml"));
    assert.doesNotMatch(text, /never-to-be-seen|of-this-machine/);
    assert.equal(Deno.statSync(join(folder, "out/c.flow.yml")).mode! & 0o777, 0o600);
    const project = await loadComposeFile(join(folder, "out/c.yaml"), { API_TOKEN: "there" });
    const { clipline } = project.services;
    assert.equal(clipline!.environment!.API_TOKEN, "there");
    assert.deepEqual(clipline!.secrets!.map(({ target }) => target), [
      "/etc/clipline/flow.yml",
      "/etc/clipline-tls/tls.crt",
      "/etc/clipline-tls/tls.key",
    ]);
    assert.equal(clipline!.healthcheck!.test!.at(-1), "https://127.0.0.1:8443");
  });
});

Deno.test("models of one's own are mounted, and words that mean nothing are refused", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(join(folder, "models/mine"), { recursive: true });
    const flow = join(folder, "flow.yml");
    await Deno.writeTextFile(
      flow,
      `
jtype: Flow
executors:
  - name: clip
    uses:
      jtype: CLIPEncoder
      with: { name: ViT-B-32::openai, model_path: ./models/mine }
      metas: { py_modules: [clip_torch] }
`,
    );
    assert.match((await run(folder, flow, "a.yml")).err, /no container has it.*'--models DIR'/);
    const { code, err } = await run(folder, flow, "a.yml", "--models", "models");
    assert.equal(code, 0, err);
    const { clipline } = (await loadComposeFile(join(folder, "a.yml"))).services;
    const mount = clipline!.volumes!.find(({ target }) => target === "/models")!;
    assert.deepEqual([mount.type, mount.source], ["bind", join(folder, "models")]);
    assert.match(await Deno.readTextFile(join(folder, "a.flow.yml")), /model_path: \/models\/mine/);
    const refused = async (pattern: RegExp, ...args: string[]) => {
      const { code, err } = await run(folder, ...args);
      assert.equal(code, 2);
      assert.match(err, pattern);
    };
    await refused(/there is no folder "no\/such"/, "demo", "b.yml", "--models", "no/such");
    await refused(/--network-name takes a name/, "demo", "b.yml", "--network_name", "a b");
    await refused(/would have an index of its own/, "search", "b.yml", "--replicas", "2");
    await refused(/missing/, "demo");
  });
});
