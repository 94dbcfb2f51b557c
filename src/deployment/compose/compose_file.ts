/**
 * {@linkcode DeploymentPlan} -> a Compose file (compose-spec; Docker Compose 2.20 and newer). What lies
 * beside it is a file of its own: contents inside of the file cannot be put into a container whose
 * root is read-only (docker/compose#12031).
 */
import type { DeploymentPlan } from "../plan.ts";
import { BALANCER, balancerService } from "./balancer.ts";
import { balancedDelay } from "./balancer_config.ts";
import { healthcheck } from "./healthcheck.ts";
import { mounts, volumesOf } from "./mounts.ts";
import { containerOf, type Service } from "./service.ts";

/** A file, as YAML has it. */
export interface ComposeFile {
  name: string;
  services: Record<string, Service>;
  volumes?: Record<string, unknown>;
  configs?: Record<string, { file: string }>;
  secrets?: Record<string, { file: string }>;
  networks?: Record<string, unknown>;
}

/** What the plan does not say. */
export interface ComposeOptions {
  /** The file with the flow, as the Compose file names it. */
  flowFile: string;
  /** The file with HAProxy's configuration, as the Compose file names it; used for several servers. */
  balancerFile: string;
  /** A network for all; the project's own without it. */
  network?: string | undefined;
}

/** The service that ends when weights are there and converted. */
export const PREPARE = "prepare";
/** Seconds that a stop may take beyond those of the server. */
const STOP_MARGIN = 5;

/** The file. The number of servers is the least of the plan: Compose does not scale by itself. */
export function composeFile(plan: DeploymentPlan, options: ComposeOptions): ComposeFile {
  const { name, replicas: { least: replicas }, shutdown, resources } = plan;
  const balanced = replicas > 1;
  const { graceSeconds } = shutdown;
  const delaySeconds = balanced ? balancedDelay(plan) : 0;
  const mounted = mounts(plan, options.flowFile);
  const container = containerOf(plan, mounted);
  const stopSeconds = delaySeconds + graceSeconds + STOP_MARGIN;
  const services: Record<string, Service> = {};
  if (plan.prepares) {
    services[PREPARE] = {
      ...container,
      command: [
        "model",
        "prepare",
        plan.flow.path,
        ...(resources.gpus > 0 ? ["--target", "gpu"] : []),
      ],
      // What is unpacked there may be larger than memory is.
      environment: { ...container.environment, TMPDIR: plan.cache.path },
      restart: "no",
      healthcheck: { disable: true },
    };
  }
  services[name] = {
    ...container,
    command: [plan.flow.path],
    environment: {
      ...container.environment,
      SHUTDOWN_GRACE: String(graceSeconds),
      ...(balanced ? { SHUTDOWN_DELAY: String(delaySeconds) } : {}),
    },
    ...(plan.prepares
      ? { depends_on: { [PREPARE]: { condition: "service_completed_successfully" } } }
      : {}),
    ...published(plan, balanced),
    healthcheck: healthcheck(plan.probes),
    stop_grace_period: `${stopSeconds}s`,
    restart: "unless-stopped",
    deploy: {
      ...(balanced ? { replicas } : {}),
      ...deployed(plan),
    },
  };
  if (balanced) services[BALANCER] = balancerService(plan);
  const { network } = options;
  const configs = {
    ...mounted.configs,
    ...(balanced ? { [BALANCER]: { file: options.balancerFile } } : {}),
  };
  return {
    name,
    services: network === undefined ? services : Object.fromEntries(
      Object.entries(services).map(([key, service]) => [key, { ...service, networks: [network] }]),
    ),
    volumes: volumesOf(plan),
    ...(Object.keys(configs).length > 0 ? { configs } : {}),
    ...(Object.keys(mounted.secrets).length > 0 ? { secrets: mounted.secrets } : {}),
    ...(network === undefined ? {} : { networks: { [network]: { driver: "bridge" } } }),
  };
}

/** Ports on the host, unless the balancer has them; metrics are for those of the same network. */
function published(
  { ports }: DeploymentPlan,
  balanced: boolean,
): Pick<Service, "ports" | "expose"> {
  const served = ports.filter(({ protocols }) => !protocols.includes("metrics"));
  const inside = balanced ? ports : ports.filter((port) => !served.includes(port));
  return {
    ...(balanced ? {} : { ports: served.map(({ port }) => `${port}:${port}`) }),
    ...(inside.length === 0 ? {} : { expose: inside.map(({ port }) => String(port)) }),
  };
}

function deployed(
  { resources }: DeploymentPlan,
): Pick<NonNullable<Service["deploy"]>, "resources"> {
  const { cpu, memoryBytes, gpus } = resources;
  return {
    resources: {
      limits: {
        ...(cpu.limit === null ? {} : { cpus: String(cpu.limit) }),
        memory: `${memoryBytes.limit}b`,
      },
      reservations: {
        memory: `${memoryBytes.request}b`,
        ...(gpus === 0
          ? {}
          : { devices: [{ driver: "nvidia", count: gpus, capabilities: ["gpu"] }] }),
      },
    },
  };
}
