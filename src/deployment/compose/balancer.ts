/** HAProxy as a service of a Compose file, before several servers. */
import type { DeploymentPlan } from "../plan.ts";
import { CONFINED, type Service } from "./service.ts";

/** The longest supported line of HAProxy; 2.6 and newer read the configuration. */
const IMAGE = "haproxy:3.2-alpine";
const CONFIG = "/usr/local/etc/haproxy/haproxy.cfg";

/** The name of its service, and of its configuration. */
export const BALANCER = "balancer";

/** The service. It has the ports of the servers, but for their metrics. */
export function balancerService({ name, ports, shutdown }: DeploymentPlan): Service {
  const served = ports.filter(({ protocols }) => !protocols.includes("metrics"));
  return {
    image: IMAGE,
    depends_on: { [name]: { condition: "service_healthy" } },
    ports: served.map(({ port }) => `${port}:${port}`),
    configs: [{ source: BALANCER, target: CONFIG }],
    stop_grace_period: `${shutdown.graceSeconds}s`,
    restart: "unless-stopped",
    ...CONFINED,
  };
}
