/** A WebSocket client for tests, that keeps what comes. */
import { Buffer } from "node:buffer";
// @ts-types="@types/ws"
import { type ClientOptions, WebSocket } from "ws";

/** One connection. */
export class WsClient {
  readonly socket: WebSocket;
  readonly frames: { bytes: Uint8Array; text: boolean }[] = [];
  /** Resolves with how it was closed. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #opened: Promise<void>;
  #came = () => {};

  constructor(url: string, subprotocols: string[] = ["bytes"], options: ClientOptions = {}) {
    this.socket = new WebSocket(url, subprotocols, { perMessageDeflate: false, ...options });
    this.socket.on("message", (data: Buffer, binary: boolean) => {
      this.frames.push({ bytes: new Uint8Array(data), text: !binary });
      this.#came();
    });
    this.closed = new Promise((resolve) =>
      this.socket.on("close", (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.#came();
      })
    );
    this.#opened = new Promise((resolve, reject) => {
      this.socket.on("open", resolve);
      this.socket.on("error", reject);
    });
    this.#opened.catch(() => {});
  }

  /** Resolves when the handshake is done; rejects with what refused it. */
  async open(): Promise<this> {
    await this.#opened;
    return this;
  }

  /** Sends a binary frame, or a text frame of a string. */
  send(message: Uint8Array | string): void {
    this.socket.send(message, { binary: typeof message !== "string" });
  }

  /** The frames, once there are so many, or as many as came before the close. */
  async take(count: number): Promise<{ bytes: Uint8Array; text: boolean }[]> {
    while (this.frames.length < count && this.socket.readyState <= WebSocket.OPEN) {
      await new Promise<void>((resolve) => this.#came = resolve);
    }
    return this.frames;
  }

  /** Waits for the close that the server begins; or begins it, and waits. */
  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}
