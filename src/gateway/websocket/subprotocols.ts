/** The subprotocols that a client offers, in its order (`Sec-WebSocket-Protocol`, RFC 6455, 4.1). */
export function offeredSubprotocols(header: string | null | undefined): string[] {
  return (header ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
}
