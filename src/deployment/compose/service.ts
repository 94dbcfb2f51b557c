/** A container of a Compose file, and what those of the server and of its preparation have in common. */
import type { DeploymentPlan } from "../plan.ts";
import { literal } from "./literal.ts";
import type { FileMount, Mounts, VolumeMount } from "./mounts.ts";

/** A service, as far as we write it (compose-spec, "services"). */
export interface Service {
  image: string;
  command?: readonly string[];
  user?: string;
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  ports?: readonly string[];
  expose?: readonly string[];
  volumes?: readonly VolumeMount[];
  configs?: readonly FileMount[];
  secrets?: readonly FileMount[];
  networks?: readonly string[];
  healthcheck?: Healthcheck | { disable: true };
  stop_grace_period?: string;
  restart?: string;
  read_only?: boolean;
  tmpfs?: readonly string[];
  cap_drop?: readonly string[];
  security_opt?: readonly string[];
  deploy?: { replicas?: number; resources?: Record<string, unknown> };
}

/** How the engine learns whether a container is well. */
export interface Healthcheck {
  test: readonly string[];
  interval: string;
  timeout: string;
  retries: number;
  start_period: string;
}

/** The Dockerfile's user. */
const USER = "1993:1993";

/** What a container may not, of any service. */
export const CONFINED = {
  read_only: true,
  tmpfs: ["/tmp"],
  cap_drop: ["ALL"],
  security_opt: ["no-new-privileges:true"],
} as const;

/** What the server and its preparation share: they read the same flow. */
export function containerOf(
  { image, variables }: DeploymentPlan,
  { volumes, flow, files }: Mounts,
): Service {
  const environment = Object.fromEntries(variables.map(({ name, value, secret }) => [
    name,
    // Whoever starts it has it in the environment, or in a file `.env`.
    secret ? `\${${name}:?is secret: set it in the environment or in .env}` : literal(value),
  ]));
  const configs = flow.kind === "config" ? [flow.mount] : [];
  const secrets = [...(flow.kind === "secret" ? [flow.mount] : []), ...files];
  return {
    image,
    user: USER,
    environment,
    volumes,
    ...(configs.length === 0 ? {} : { configs }),
    ...(secrets.length === 0 ? {} : { secrets }),
    ...CONFINED,
  };
}
