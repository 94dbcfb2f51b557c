/** What a port of HTTP and WebSocket serves, whichever server stands below. */
import type { ConnectionLimit } from "../admission/connection_limit.ts";
import type { Receiving } from "../admission/receiving.ts";
import type { Lifecycle } from "../../service/lifecycle.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Address } from "../listening.ts";
import type { TlsFiles } from "../tls/tls_files.ts";
import type { WebSocketOptions } from "../websocket/websocket_options.ts";
import type { HttpHandler } from "./http_exchange.ts";

/** What is served where. */
export interface HttpListenOptions {
  host: string;
  port: number;
  /** The protocols of the port, for the banner. */
  protocols: Address["protocol"][];
  handler: HttpHandler;
  /** The flow asks for packed answers. */
  packAlways: boolean;
  receiving: Receiving;
  connections: ConnectionLimit;
  /** Answers of a server that ends close their connections. */
  lifecycle: Lifecycle;
  /** The longest pause of a client, milliseconds. */
  receiveTimeoutMs: number;
  log: Log;
  /** Undefined: connections are not upgraded. */
  websocket: WebSocketOptions | undefined;
  tls: TlsFiles | undefined;
}
