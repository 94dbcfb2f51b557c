/** Addresses and ports of a flow, as a container can have them. */
import { GATEWAY_KEYS } from "../../flow/gateway_keys.ts";
import { DEFAULT_PORT } from "../../flow/gateway_keys.ts";
import type { Draft } from "./draft.ts";
import { findKey } from "./flow_text.ts";

const EVERYWHERE = ["0.0.0.0", "::"];

/**
 * Makes the gateway listen where others reach it, on ports that are known beforehand, and turns the
 * metrics on unless the flow speaks of them.
 */
export function settleListening(draft: Draft): void {
  settleHost(draft);
  settlePorts(draft);
  settleMonitoring(draft);
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

function settlePorts({ flow, text, notes }: Draft): void {
  const { listeners, portMonitoring, monitoring } = flow.gateway;
  const taken = new Set(listeners.map(({ port }) => port));
  if (monitoring) taken.add(portMonitoring);
  for (const { portMonitoring } of [...flow.executors, ...flow.indexers]) {
    if (portMonitoring !== null) taken.add(portMonitoring);
  }
  const free = (from: number): number => {
    let port = from;
    while (taken.has(port)) port++;
    taken.add(port);
    return port;
  };
  if (listeners.some(({ port }) => port === 0)) {
    const node = findKey(text.gateway, "port", GATEWAY_KEYS.port.aliases);
    // One port of several protocols is one number in the flow.
    const ports = listeners.map(({ port }) => port === 0 ? free(DEFAULT_PORT) : port);
    const shared = node?.kind === "scalar" && listeners.length > 1 && !/[[,]/.test(node.text);
    if (node !== undefined) text.replaceNumbers(node, shared ? ports.slice(0, 1) : ports);
    notes.push(
      `Port 0 of the flow is another one at each start; here the ports are ${ports.join(", ")}.`,
    );
  }
  if (portMonitoring === 0) {
    const node = findKey(text.gateway, "port_monitoring", GATEWAY_KEYS.port_monitoring.aliases);
    if (node !== undefined) {
      text.replace(node, free(GATEWAY_KEYS.port_monitoring.schema.parse(undefined)));
    }
  }
  for (const kind of ["encoder", "indexer"] as const) {
    const configs = kind === "encoder" ? flow.executors : flow.indexers;
    for (const [index, entry] of text.entries(kind).entries()) {
      if (configs[index]?.portMonitoring !== 0 || entry.kind !== "map") continue;
      const node = findKey([entry], "port_monitoring");
      if (node !== undefined) text.replace(node, free(9091));
    }
  }
}

function settleMonitoring({ flow, text, notes }: Draft): void {
  if (flow.gateway.monitoring || findKey(text.gateway, "monitoring") !== undefined) return;
  text.addToGateway("monitoring", true);
  notes.push(
    "The flow does not speak of 'monitoring': it is turned on, as autoscaling and probes ask it.",
  );
}
