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
    ...[
      Deno.execPath(),
      "run",
      "--no-check",
      "--no-prompt",
      "--allow-net",
      "--allow-env",
      "--allow-sys",
    ],
    ASK,
    ...args,
  );
}

/** Whether a probe succeeds now. */
export async function probe(pod: Pod, container: Container, asked: Probe): Promise<boolean> {
  return (await answerOf(pod, container, asked)).code === 0;
}

/** What a probe comes to now: exit code 0 for well, and what was said. */
async function answerOf(
  pod: Pod,
  container: Container,
  asked: Probe,
): Promise<{ code: number; out: string }> {
  const { httpGet, grpc, exec, tcpSocket } = asked;
  if (httpGet !== undefined) {
    const scheme = (httpGet.scheme ?? "HTTP").toLowerCase();
    return await ask(pod, `${scheme}://${POD_ADDRESS}:${httpGet.port}${httpGet.path}`);
  }
  if (grpc !== undefined) {
    const program = await goProgram(GRPC_HEALTH_PROBE);
    return await pod.run(program, `-addr=${POD_ADDRESS}:${grpc.port}`);
  }
  if (exec !== undefined) return await container.exec(exec.command);
  assert.ok(tcpSocket !== undefined, "a probe of a kind that is new");
  const open = container.listening();
  return { code: open.includes(tcpSocket.port) ? 0 : 1, out: `open: ${open}` };
}

/** That a probe succeeds now. */
export async function assertProbed(pod: Pod, container: Container, asked: Probe): Promise<void> {
  const { code, out } = await answerOf(pod, container, asked);
  assert.equal(code, 0, `${JSON.stringify(asked)}: ${out}`);
}

/** Asks until it succeeds; fails when the container ends before, or never gets there. */
export async function untilProbed(pod: Pod, container: Container, asked: Probe): Promise<void> {
  let over = false;
  container.ended().then(() => over = true);
  await until(async () => {
    assert.ok(!over, `the container has ended: ${container.stderr}`);
    return await answerOf(pod, container, asked);
  }, ({ code }) => code === 0);
}
