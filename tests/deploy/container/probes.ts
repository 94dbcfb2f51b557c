/** Probes of a pod, asked as a kubelet asks them. */
import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import { goProgram } from "../../support/go_program.ts";
import type { Probe } from "./kubernetes_pod.ts";
import { type Container, type Pod, POD_ADDRESS } from "./pod.ts";

/** What answers gRPC probes' questions in the field; Kubernetes' own speaks the same protocol. */
const GRPC_HEALTH_PROBE = "github.com/grpc-ecosystem/grpc-health-probe@v0.4.62";
/** As a kubelet does it: any status from 200 to 399, and whatever the certificate. */
const CURL = ["curl", "--silent", "--show-error", "--insecure", "--max-time", "60"];

/** Asks over HTTP from within the pod's network; the exit code is 0 for an answer that is good. */
async function get(pod: Pod, url: string): Promise<{ code: number; out: string }> {
  const { code, out } = await pod.run(...CURL, "--write-out", " %{http_code}", url);
  const status = Number(out.slice(out.lastIndexOf(" ")));
  return { code: code === 0 && status >= 200 && status < 400 ? 0 : 1, out };
}

/** How many numbers the embedding of a text has. @param url of the server, in the pod's network */
export async function embeddingSize(pod: Pod, url: string): Promise<number> {
  const body = JSON.stringify({ data: [{ text: "a red circle" }], execEndpoint: "/" });
  const { out } = await pod.run(...CURL, "--json", body, `${url}/post`);
  return JSON.parse(out).data[0].embedding.length;
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
    return await get(pod, `${scheme}://${POD_ADDRESS}:${httpGet.port}${httpGet.path}`);
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

/**
 * Asks until it succeeds; fails when the container ends before, or never gets there. Between the first
 * time and the others it waits for the server's own word.
 */
export async function untilProbed(pod: Pod, container: Container, asked: Probe): Promise<void> {
  if (await probe(pod, container, asked)) return;
  await container.printed(/ is ready/);
  await until(() => answerOf(pod, container, asked), ({ code }) => code === 0);
}
