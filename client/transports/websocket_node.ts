/** WebSockets by the package `ws`, which can be given headers and certificates. */
import type { Socket } from "./socket.ts";
import type { TlsOptions } from "./transport.ts";

/** Begins to open one. */
export async function openWs(
  url: URL,
  subprotocols: string[],
  options: TlsOptions & { headers: Readonly<Record<string, string>> },
): Promise<Socket> {
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(url, subprotocols, {
    ...options,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  return socket as unknown as Socket;
}

/** Answers of servers stay below 4 MiB; other servers' may be larger. */
const MAX_MESSAGE_BYTES = 1 << 30;
