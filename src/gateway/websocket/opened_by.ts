/** Who opened a connection, as those hear it who count and trace its requests. */
import type { Caller } from "../../telemetry/request_observer.ts";
import type { KeyHolder } from "../keys/api_keys.ts";

/** Of the headers of a handshake, what requests are asked for. */
const KEPT = ["traceparent", "tracestate"] as const;

/** Keeps of a handshake's headers only these, for as long as the connection is open. */
export function openedBy(
  peer: Caller["peer"],
  holder: KeyHolder | undefined,
  route: string,
  header: (name: string) => string | undefined,
): Caller {
  const [traceparent, tracestate] = KEPT.map(header);
  const kept: Readonly<Record<string, string | undefined>> = { traceparent, tracestate };
  return { peer, key: holder?.name, route, header: (name) => kept[name] };
}
