/** Who may connect to the pods, and where they may connect to. */
import type { DeploymentPlan, PlannedPort } from "../plan.ts";
import { type KubernetesObject, metaOf, type Place, selectorOf } from "./object.ts";

const DNS_PORT = 53;

/**
 * Where clouds tell machines their secrets: link-local addresses (AWS, Google, Azure and most
 * others), Azure's 168.63.129.16, Alibaba's 100.100.100.200, AWS's fd00:ec2::254.
 */
const METADATA_V4 = ["169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32"];
const METADATA_V6 = ["fe80::/10", "fd00:ec2::/32"];

/** The NetworkPolicy. Probes come from the node, which no policy keeps out. */
export function networkPolicy(plan: DeploymentPlan, place: Place): KubernetesObject {
  const isMetrics = ({ protocols }: PlannedPort) => protocols.includes("metrics");
  const served = plan.ports.filter((port) => !isMetrics(port));
  const metrics = plan.ports.filter(isMetrics);
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: metaOf(plan, place),
    spec: {
      podSelector: { matchLabels: selectorOf(plan) },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        { ports: served.map(({ port }) => tcp(port)) },
        // Metrics have neither TLS nor keys: they stay in the cluster.
        ...(metrics.length > 0
          ? [{
            from: [{ namespaceSelector: {} }],
            ports: metrics.map(({ port }) => tcp(port)),
          }]
          : []),
      ],
      egress: [
        { ports: [{ protocol: "UDP", port: DNS_PORT }, tcp(DNS_PORT)] },
        {
          to: [
            { ipBlock: { cidr: "0.0.0.0/0", except: METADATA_V4 } },
            { ipBlock: { cidr: "::/0", except: METADATA_V6 } },
          ],
          ports: plan.egressPorts.map(tcp),
        },
      ],
    },
  };
}

function tcp(port: number) {
  return { protocol: "TCP", port };
}
