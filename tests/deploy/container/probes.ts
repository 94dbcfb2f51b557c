/** Probes of a pod, asked as a kubelet asks them. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { until } from "../../support/until.ts";
import { goProgram } from "../../support/go_program.ts";
import type { Probe } from "./kubernetes_pod.ts";
import { type Container, type Pod, POD_ADDRESS } from "./pod.ts";

/** What answers gRPC probes' questions in the field; Kubernetes' own speaks the same protocol. */
const GRPC_HEALTH_PROBE = "github.com/grpc-ecosystem/grpc-health-probe@v0.4.62";
const ASK = fileURLToPath(new URL("./ask.ts", import.meta.url));

/** Asks from within the pod's network. */
export async function ask(pod: Pod, ...args: string[]): Promise<{ code: number; out: string }> {
  return await pod.run(
    ...[Deno.execPath(), "run", "--no-check", "--no-prompt", "--allow-net", "--allow-env", ASK],
    ...args,
  );
}

/** Whether a probe succeeds now. */
export async function probe(pod: Pod, container: Container, asked: Probe): Promise<boolean> {
  const { httpGet, grpc, exec, tcpSocket } = asked;
  if (httpGet !== undefined) {
    const scheme = (httpGet.scheme ?? "HTTP").toLowerCase();
    const url = `${scheme}://${POD_ADDRESS}:${httpGet.port}${httpGet.path}`;
    return (await ask(pod, url)).code === 0;
  }
  if (grpc !== undefined) {
    const program = await goProgram(GRPC_HEALTH_PROBE);
    return (await pod.run(program, `-addr=${POD_ADDRESS}:${grpc.port}`)).code === 0;
  }
  if (exec !== undefined) return (await container.exec(exec.command)).code === 0;
  assert.ok(tcpSocket !== undefined, "a probe of a kind that is new");
  return container.listening().includes(tcpSocket.port);
}

/** Asks until it succeeds; fails when the container ends before, or never gets there. */
export async function untilProbed(pod: Pod, container: Container, asked: Probe): Promise<void> {
  let over = false;
  container.ended().then(() => over = true);
  await until(async () => {
    assert.ok(!over, `the container has ended: ${container.stderr}`);
    return await probe(pod, container, asked);
  }, (well) => well);
}
