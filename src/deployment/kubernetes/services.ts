/** Where clients find the pods: one address for all, and one name with the addresses of each. */
import type { DeploymentPlan, PlannedPort } from "../plan.ts";
import { type KubernetesObject, metaOf, type Place, selectorOf } from "./object.ts";

/** What the headless Service's name ends in. */
export const HEADLESS = "headless";

/** The Service with an address of its own. It balances connections, not requests. */
export function service(plan: DeploymentPlan, place: Place): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metaOf(plan, place),
    spec: { type: "ClusterIP", selector: selectorOf(plan), ports: servicePorts(plan) },
  };
}

/** The headless one: for gRPC clients that balance by themselves, and for proxies. */
export function headlessService(plan: DeploymentPlan, place: Place): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    // Of another component, so that a ServiceMonitor finds each pod once.
    metadata: metaOf(plan, place, HEADLESS, HEADLESS),
    spec: { clusterIP: "None", selector: selectorOf(plan), ports: servicePorts(plan) },
  };
}

function servicePorts({ ports }: DeploymentPlan) {
  return ports.map((port) => ({
    name: port.name,
    port: port.port,
    targetPort: port.name,
    protocol: "TCP",
    appProtocol: appProtocol(port),
  }));
}

/** What meshes and gateways go by (kubernetes.io, "Application protocol"). */
function appProtocol({ protocols, tls }: PlannedPort): string {
  if (tls) {
    return protocols.includes("websocket") && protocols.length === 1
      ? "kubernetes.io/wss"
      : "https";
  }
  if (protocols.includes("grpc")) return "kubernetes.io/h2c";
  return protocols.includes("websocket") && protocols.length === 1 ? "kubernetes.io/ws" : "http";
}
