/** Compose files of all kinds of deployments, as Compose itself and HAProxy read them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { yamlText } from "../../../src/cli/export/yaml_text.ts";
import { balancerConfig } from "../../../src/deployment/compose/balancer_config.ts";
import { composeFile } from "../../../src/deployment/compose/compose_file.ts";
import type { DeploymentPlan } from "../../../src/deployment/plan.ts";
import { checkComposeFile, loadComposeFile } from "../../deploy/container/compose_project.ts";
import { ENCODER, planOf } from "../../support/planned_flow.ts";
import { deployments } from "../../deploy/manifests/deployments.ts";

const BESIDE = { flowFile: "./x.flow.yml", balancerFile: "./x.haproxy.cfg" };

/** Writes a plan's files; the Compose file's path. */
async function written(plan: DeploymentPlan, folder: string): Promise<string> {
  await Deno.mkdir(folder);
  const path = join(folder, "x.yml");
  await Deno.writeTextFile(path, yamlText(composeFile(plan, BESIDE)));
  return path;
}

Deno.test("composeFile() of every kind of deployment is what Compose's own schema and loader take", async () => {
  const folder = await Deno.makeTempDir({ prefix: "clipline-compose-" });
  try {
    const configs = new Set<string>();
    let count = 0;
    for (const [what, plan] of await deployments(folder)) {
      const path = await written(plan, join(folder, `plan-${++count}`));
      const text = await Deno.readTextFile(path);
      const secrets = plan.variables.filter(({ secret }) => secret);
      for (const { value } of secrets) assert.ok(!text.includes(value), `${what}: a secret`);
      const env = Object.fromEntries(secrets.map(({ name }) => [name, "as it is outside"]));
      const project = await loadComposeFile(path, env);
      const server = project.services[plan.name]!;
      for (const { name, value, secret } of plan.variables) {
        assert.equal(server.environment![name], secret ? env[name] : value, what);
      }
      const { limits, reservations } = server.deploy!.resources!;
      assert.equal(Number(limits!.memory), plan.resources.memoryBytes.limit, what);
      const gpus = reservations?.devices?.[0]?.count ?? 0;
      assert.equal(gpus, plan.resources.gpus, what);
      assert.equal(Object.hasOwn(project.services, "prepare"), plan.prepares, what);
      const target = project.services.prepare?.command?.slice(3);
      if (plan.prepares) assert.deepEqual(target, gpus > 0 ? ["--target", "gpu"] : [], what);
      const replicas = plan.replicas.least;
      assert.equal(server.deploy!.replicas ?? 1, replicas, what);
      const published = project.services[replicas > 1 ? "balancer" : plan.name]!.ports!;
      const served = plan.ports.filter(({ protocols }) => !protocols.includes("metrics"));
      assert.deepEqual(published.map(({ target }) => target), served.map(({ port }) => port), what);
      if (replicas > 1) {
        assert.equal(server.ports, undefined, `${what}: several cannot have one port`);
        configs.add(balancerConfig(plan));
      }
    }
    assert.ok(count > 50 && configs.size > 3, `${count} plans, ${configs.size} configurations`);
    const file = join(folder, "haproxy.cfg");
    for (const config of configs) {
      await Deno.writeTextFile(file, config);
      const { code, stderr } = await new Deno.Command("haproxy", { args: ["-c", "-f", file] })
        .output();
      assert.equal(code, 0, `${config}\n${new TextDecoder().decode(stderr)}`);
      assert.doesNotMatch(new TextDecoder().decode(stderr), /WARNING/);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the checker of Compose files finds keys that there are not, and variables without a value", async () => {
  const folder = await Deno.makeTempDir({ prefix: "clipline-compose-" });
  try {
    const path = join(folder, "compose.yml");
    const check = async (text: string) => {
      await Deno.writeTextFile(path, text);
      const { code, stderr } = await checkComposeFile(path);
      return `${code} ${stderr}`;
    };
    const service = "services:\n  a:\n    image: x\n";
    assert.match(await check(`${service}    read_onlyy: true\n`), /^1 .*read_onlyy/s);
    assert.match(await check(`${service}    stop_grace_period: soon\n`), /^1 .*stop_grace_period/s);
    assert.match(await check(`${service}    configs: [flow]\n`), /^1 .*config/s);
    assert.match(
      await check(`${service}    environment: { A: "\${A:?is secret}" }\n`),
      /^1 .*is secret/s,
    );
    assert.match(await check(service), /^0 /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("composeFile() says what is outside, and what is read by the server's user alone", async () => {
  const folder = await Deno.makeTempDir({ prefix: "clipline-compose-" });
  try {
    const plans = await deployments(folder);
    const plan: DeploymentPlan = {
      ...[...plans.values()][0]!,
      flow: { text: "", fileName: "flow.yml", path: "/etc/clipline/flow.yml", secret: true },
      files: [{
        secret: "tls",
        key: "tls.key",
        path: "/etc/clipline-tls/tls.key",
        source: "/a/$k.key",
      }],
      variables: [{ name: "PRICE", value: "5$ or $PRICE", secret: false }],
      models: { claim: "/srv/models", path: "/models" },
    };
    const project = await loadComposeFile(await written(plan, join(folder, "one")));
    const { clipline } = project.services;
    assert.deepEqual(clipline!.secrets, [
      { source: "flow", target: "/etc/clipline/flow.yml" },
      { source: "tls-tls.key", target: "/etc/clipline-tls/tls.key" },
    ]);
    assert.equal(project.secrets!["tls-tls.key"]!.file, "/a/$k.key");
    assert.equal(clipline!.environment!.PRICE, "5$ or $PRICE");
    const models = clipline!.volumes!.find(({ target }) => target === "/models")!;
    assert.deepEqual([models.type, models.source, models.read_only], ["bind", "/srv/models", true]);
    const named = { ...plan, models: { claim: "weights", path: "/models" } };
    const outside = await loadComposeFile(await written(named, join(folder, "two")));
    assert.deepEqual(outside.volumes!.models, { name: "weights", external: true });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("servers whose gRPC port alone is asked serve on for twice the time, as it closes halfway", async () => {
  const times = async (monitoring: boolean, delay: number) => {
    const text = `jtype: Flow\nwith: { monitoring: ${monitoring} }\n${ENCODER}`;
    const variables = [{ name: "SHUTDOWN_DELAY", value: String(delay) }];
    const plan = await planOf(text, { options: { replicas: { least: 2, most: 2 }, variables } });
    const { environment, stop_grace_period } = composeFile(plan, BESIDE).services[plan.name]!;
    return [environment!.SHUTDOWN_DELAY, stop_grace_period];
  };
  assert.deepEqual(await times(true, 5), ["5", "40s"]);
  assert.deepEqual(await times(false, 5), ["10", "45s"]);
  assert.deepEqual(await times(false, 3000), ["3600", "3635s"]);
});
