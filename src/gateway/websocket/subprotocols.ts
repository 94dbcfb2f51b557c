/** The subprotocols that a client offers (`Sec-WebSocket-Protocol`, RFC 6455, section 4.1). */
import { isKeySubprotocol } from "../keys/credentials.ts";

/** All of them, in the client's order. */
export function offeredSubprotocols(header: string | null | undefined): string[] {
  return (header ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
}

/** Those that say how to speak: what carries a key is for nobody else to see. */
export function spokenSubprotocols(offered: readonly string[]): string[] {
  return offered.filter((name) => !isKeySubprotocol(name));
}
