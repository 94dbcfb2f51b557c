/** Opens WebSockets: the platform's, or the package `ws` where it has none or certificates matter. */
import { ClipClientError } from "../errors.ts";
import type { Socket } from "./socket.ts";
import type { ConnectOptions } from "./transport.ts";

/** The key stands in a subprotocol, as pages can set no headers. */
const KEY_SUBPROTOCOL = "clipline.key.";

/**
 * Begins to open a connection of binary frames.
 * @throws {ClipClientError} usage: there is no WebSocket here.
 */
export async function openSocket(options: ConnectOptions): Promise<Socket> {
  const { url, authorization, tls, headers } = options;
  const subprotocols = ["bytes"];
  if (authorization !== undefined) subprotocols.push(KEY_SUBPROTOCOL + base64Url(authorization));
  const further = Object.keys(headers).length > 0;
  const own = (globalThis as { WebSocket?: new (url: URL, names: string[]) => Socket }).WebSocket;
  if (own !== undefined && tls === undefined && !further) return new own(url, subprotocols);
  const { openWs } = await import("./websocket_node.ts");
  try {
    return await openWs(url, subprotocols, { ...tls, headers });
  } catch (cause) {
    throw new ClipClientError(
      "usage",
      "WebSockets need the package ws here: npm install ws, or use http://",
      { cause },
    );
  }
}

/** A key in the letters that a subprotocol may have; `Bearer` is said by its place. */
function base64Url(authorization: string): string {
  const key = authorization.replace(/^bearer +/i, "");
  return btoa(String.fromCharCode(...new TextEncoder().encode(key)))
    .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
