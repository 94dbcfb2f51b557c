/** WebSockets, of whoever they are. */

/** What of a WebSocket is used: both kinds have it. */
export interface Socket {
  binaryType: string;
  readonly readyState: number;
  addEventListener(type: "open" | "error", heard: (event: unknown) => void): void;
  addEventListener(type: "message", heard: (event: { data: unknown }) => void): void;
  addEventListener(
    type: "close",
    heard: (event: { code: number; reason: string }) => void,
  ): void;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}
