import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { loadFlow } from "../../src/flow/load.ts";
import { ROOT } from "../docs/demo_program.ts";
import { loadComposeFile } from "./container/compose_project.ts";

const { services, volumes } = parse(Deno.readTextFileSync(join(ROOT, "compose.yaml")));
const service = services.clipline;

Deno.test("compose.yaml publishes the ports of the flow that it starts", () => {
  const [flowName] = service.command;
  const { gateway } = loadFlow({ path: join(ROOT, "flows", flowName) }, {});
  const served = new Set(gateway.listeners.map(({ port }) => port));
  const published = service.ports.map((entry: string) => Number(entry.split(":")[1]));
  assert.deepEqual(published.toSorted(), [...served].toSorted());
  assert.ok(served.has(Number(new URL(service.environment.HEALTH_URL).port)));
});

Deno.test("compose.yaml is what Compose's own schema and loader take", async () => {
  const project = await loadComposeFile(join(ROOT, "compose.yaml"));
  assert.deepEqual(Object.keys(project.services), ["clipline"]);
});

Deno.test("compose.yaml leaves the container no more than it needs", () => {
  assert.equal(service.read_only, true);
  assert.deepEqual(service.tmpfs, ["/tmp"]);
  assert.deepEqual(service.cap_drop, ["ALL"]);
  assert.deepEqual(service.security_opt, ["no-new-privileges:true"]);
  const named = service.volumes.map((entry: string) => entry.split(":"));
  assert.deepEqual(named, [["models", "/cache"], ["workspace", "/workspace"]]);
  assert.deepEqual(Object.keys(volumes), ["models", "workspace"]);
});

Deno.test("compose.yaml waits longer than the server's own grace period", () => {
  const wait = Number(/^(\d+)s$/.exec(service.stop_grace_period)![1]);
  assert.ok(wait > Number(service.environment.SHUTDOWN_GRACE));
});
