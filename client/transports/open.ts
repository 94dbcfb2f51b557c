/** From an address to the transport that its scheme names. */
import { ClipClientError } from "../errors.ts";
import type { ConnectOptions, Transport } from "./transport.ts";
import { HttpTransport } from "./http.ts";
import { WebSocketTransport } from "./websocket.ts";

/** Schemes, and what they are called else (clip_client takes `websocket`). */
const SCHEMES: Readonly<Record<string, string>> = {
  "grpc:": "grpc:",
  "grpcs:": "grpcs:",
  "http:": "http:",
  "https:": "https:",
  "ws:": "ws:",
  "wss:": "wss:",
  "websocket:": "ws:",
  "websockets:": "wss:",
};

/**
 * Reads an address, as `grpc://localhost:51000`.
 * @throws {ClipClientError} usage: it is none, or has a scheme that is none of ours.
 */
export function readAddress(server: string | URL): URL {
  const text = String(server);
  const scheme = /^([a-z][a-z\d+.-]*:)\/\//i.exec(text)?.[1];
  const known = scheme === undefined ? undefined : SCHEMES[scheme.toLowerCase()];
  if (scheme !== undefined && known !== undefined) {
    try {
      const url = new URL(known + text.slice(scheme.length));
      if (url.hostname !== "") return url;
    } catch {
      // It is told below.
    }
  }
  throw new ClipClientError(
    "usage",
    `'${text.slice(0, 200)}' is no address of a server: expected SCHEME://HOST:PORT with one of ` +
      "grpc, grpcs, http, https, ws, wss, as in grpc://localhost:51000",
  );
}

/** The transport of a server; nothing is connected yet. */
export async function openTransport(options: ConnectOptions): Promise<Transport> {
  switch (options.url.protocol) {
    case "grpc:":
    case "grpcs:": {
      const { openGrpc } = await import("./grpc.ts");
      return await openGrpc(options);
    }
    case "ws:":
    case "wss:":
      return new WebSocketTransport(options);
    default:
      return new HttpTransport(options);
  }
}
