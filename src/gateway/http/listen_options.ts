/** What a port of HTTP and WebSocket serves, whichever server stands below. */
import type { Address } from "../listening.ts";
import type { TlsFiles } from "../tls/tls_files.ts";
import type { WebSocketGatewayOptions } from "../websocket/gateway.ts";
import type { HttpHandler } from "./exchange.ts";

/** What is served where. */
export interface HttpListenOptions {
  host: string;
  port: number;
  /** The protocols of the port, for the banner. */
  protocols: Address["protocol"][];
  handler: HttpHandler;
  /** The flow asks for packed answers. */
  packAlways: boolean;
  /** Undefined: connections are not upgraded. */
  websocket: WebSocketGatewayOptions | undefined;
  tls: TlsFiles | undefined;
}
