/** Addresses and ports of a flow, as a container can have them. */
import { DEFAULT_PORT, GATEWAY_KEYS } from "../../flow/gateway_keys.ts";
import type { GatewayConfig } from "../../flow/config.ts";
import type { Draft } from "./draft.ts";
import { findKey } from "./flow_text.ts";

/** Where the flow's metrics are if it does not say. */
const METRICS_PORT = GATEWAY_KEYS.port_monitoring.schema.parse(undefined);
const EVERYWHERE = ["0.0.0.0", "::"];

/**
 * Makes the gateway listen where others reach it, on ports that are known beforehand, and turns the
 * metrics on unless the flow speaks of them.
 */
export function settleListening(draft: Draft): void {
  const { gateway, executors, indexers } = draft.flow;
  const free = freePorts(
    gateway,
    [...executors, ...indexers].map(({ portMonitoring }) => portMonitoring),
  );
  settleHost(draft);
  settlePorts(draft, free);
  settleMonitoring(draft, free);
}

function settleHost({ flow, text, notes }: Draft): void {
  const { host } = flow.gateway;
  const node = findKey(text.gateway, "host", GATEWAY_KEYS.host.aliases);
  if (node === undefined || EVERYWHERE.includes(host)) return;
  text.replace(node, "0.0.0.0");
  notes.push(
    `The flow listens on ${host} alone; in the container it listens on 0.0.0.0, so that others reach it.`,
  );
}

/** Gives out ports that nothing of the flow has. */
type FreePort = (from: number) => number;

function freePorts(
  { listeners, portMonitoring, monitoring }: GatewayConfig,
  others: readonly (number | null)[],
): FreePort {
  const taken = new Set([...listeners.map(({ port }) => port), ...others]);
  if (monitoring) taken.add(portMonitoring);
  return (from) => {
    let port = from;
    while (taken.has(port)) port++;
    taken.add(port);
    return port;
  };
}

function settlePorts({ flow, text, notes }: Draft, free: FreePort): void {
  const { listeners, portMonitoring } = flow.gateway;
  if (listeners.some(({ port }) => port === 0)) {
    const node = findKey(text.gateway, "port", GATEWAY_KEYS.port.aliases);
    // One port of several protocols is one number in the flow.
    const shared = node?.kind === "scalar" && listeners.length > 1 && !/[[,]/.test(node.text);
    const given = shared ? listeners.slice(0, 1) : listeners;
    const ports = given.map(({ port }) => port === 0 ? free(DEFAULT_PORT) : port);
    if (node !== undefined) text.replaceNumbers(node, ports);
    notes.push(
      `Port 0 of the flow is another one at each start; here the ports are ${ports.join(", ")}.`,
    );
  }
  if (portMonitoring === 0) {
    const node = findKey(text.gateway, "port_monitoring");
    if (node !== undefined) text.replace(node, free(METRICS_PORT));
  }
  for (const kind of ["encoder", "indexer"] as const) {
    const configs = kind === "encoder" ? flow.executors : flow.indexers;
    for (const [index, entry] of text.entries(kind).entries()) {
      if (configs[index]?.portMonitoring !== 0 || entry.kind !== "map") continue;
      const node = findKey([entry], "port_monitoring");
      if (node !== undefined) text.replace(node, free(METRICS_PORT + 1));
    }
  }
}

function settleMonitoring({ flow, text, notes }: Draft, free: FreePort): void {
  const { monitoring, listeners } = flow.gateway;
  if (monitoring) return;
  if (findKey(text.gateway, "monitoring") !== undefined) {
    notes.push(
      "The flow's 'monitoring' is off: there is nothing to scrape, and nothing to scale by.",
    );
    return;
  }
  text.addToGateway("monitoring", true);
  if (
    findKey(text.gateway, "port_monitoring") === undefined &&
    listeners.some(({ port }) => port === METRICS_PORT)
  ) text.addToGateway("port_monitoring", free(METRICS_PORT));
  notes.push(
    "The flow does not speak of 'monitoring': it is turned on, as autoscaling and probes ask it.",
  );
}
