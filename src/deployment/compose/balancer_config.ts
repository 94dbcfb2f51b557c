/**
 * HAProxy's configuration before the servers of one Compose file: what deploy/haproxy/haproxy.cfg and
 * passthrough.cfg say for servers with addresses (docs/load-balancing.md has the reasons and what was
 * measured), for servers that Docker's name server knows.
 */
import { MAX_STOP_SECONDS } from "../../stop_times.ts";
import type { DeploymentPlan, PlannedPort } from "../plan.ts";
import { GRPC_HEALTH_CHECK } from "./grpc_health_check.ts";

const GLOBAL = `global
  log stdout format raw daemon notice
  tune.bufsize 131072
  hard-stop-after 60s

defaults
  log global
  option dontlog-normal
  option log-separate-errors
  timeout connect 2s
  timeout http-request 60s
  timeout http-keep-alive 60s
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
  timeout queue 10s
  timeout check 1s
  retries 3
  option redispatch 1

# Docker's own name server: it knows all servers by the name of their service.
resolvers docker
  parse-resolv-conf
  hold valid 1s
  timeout resolve 1s
  timeout retry 1s
`;

/** An answer may take so long; WebSockets have `timeout tunnel`. */
const ANSWER_TIME = "timeout server 60s";
/** What lets a balancer send what no server has answered to another one. */
const RETRIES = ["retry-on conn-failure empty-response response-timeout"];
/** Failures of HAProxy's own, said so that all gRPC clients understand them (14 is UNAVAILABLE). */
const GRPC_FAILURES = [
  'http-error status 502 hdr grpc-status 14 hdr grpc-message "The server broke off"',
  'http-error status 503 hdr grpc-status 14 hdr grpc-message "No server is ready"',
  'http-error status 504 hdr grpc-status 14 hdr grpc-message "The server does not answer"',
  "http-after-response set-header content-type application/grpc if { status 502:504 }",
];
/** Writes to an index are not sent again: without ids of the client's they would be there twice. */
const NO_RETRIES = "http-request disable-l7-retry if { path_beg /index /update /delete }";
const CHECK_TIMES = "inter 1s fall 2 rise 1 on-marked-down shutdown-sessions";

/** The text. */
export function balancerConfig(plan: DeploymentPlan): string {
  const served = plan.ports.filter(({ protocols }) => !protocols.includes("metrics"));
  return [GLOBAL, ...served.map((port) => portSections(plan, port))].join("\n");
}

/** Of one port: whoever comes to it, and the servers. */
function portSections(plan: DeploymentPlan, { name, port, protocols, tls }: PlannedPort): string {
  const grpc = protocols.includes("grpc");
  // TLS passes through: the servers have the certificates.
  const mode = tls ? "tcp" : "http";
  const h2 = grpc && !tls ? " proto h2" : "";
  // Names of their own: HAProxy 3.3 wants no backend that is called as a frontend.
  const backend = `${name}_servers`;
  return `frontend ${name}
  mode ${mode}
  option ${mode}log
  bind :${port}${h2}
${indented(tls || grpc ? [] : [NO_RETRIES])}  default_backend ${backend}

backend ${backend}
  mode ${mode}
  balance leastconn
${indented(tls ? [] : grpc ? [...RETRIES, ...GRPC_FAILURES] : [ANSWER_TIME, ...RETRIES])}${
    indented(checkLines(plan))
  }  server-template ${plan.name}- ${plan.replicas.least} ${plan.name}:${port}${h2} check ${
    checkWords(plan)
  }${CHECK_TIMES} resolvers docker init-addr none
`;
}

/** How the servers are asked whether they are ready. */
function checkLines(plan: DeploymentPlan): readonly string[] {
  const page = pageOf(plan);
  return page === undefined ? GRPC_HEALTH_CHECK : [
    "option httpchk",
    // Not by words of the server: but for the first one, those of a template would not have all.
    `http-check connect port ${page.port} ${page.tls ? "ssl alpn http/1.1" : "proto h1"}`,
    "http-check send meth GET uri /healthz/ready ver HTTP/1.1 hdr host clip",
    "http-check expect status 200 error-status L7OKC",
  ];
}

function checkWords(plan: DeploymentPlan): string {
  const page = pageOf(plan);
  if (page !== undefined) return page.tls ? "verify none " : "";
  return plan.ports[0]!.tls ? "check-ssl verify none check-alpn h2 " : "";
}

/** The port that answers /healthz/ready; a flow of gRPC alone and without metrics has none. */
function pageOf(
  { probes: { ready }, metrics }: DeploymentPlan,
): { port: number; tls: boolean } | undefined {
  if (ready.kind === "http") return ready;
  return metrics[0] === undefined ? undefined : { port: metrics[0].port, tls: false };
}

/**
 * Seconds for which a server behind it serves on after SIGTERM. A port of gRPC closes halfway
 * (docs/deployment.md): where it is the one that is asked, calls under way are cut when it does not
 * answer any more, so that the half has to be as long as the whole elsewhere.
 */
export function balancedDelay(plan: DeploymentPlan): number {
  const { delaySeconds } = plan.shutdown;
  return pageOf(plan) === undefined ? Math.min(2 * delaySeconds, MAX_STOP_SECONDS) : delaySeconds;
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}\n`).join("");
}
