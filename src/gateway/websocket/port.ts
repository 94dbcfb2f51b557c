/** A WebSocket as a stream of frames that is read only when somebody asks, and writes at the client's pace. */
import { Buffer } from "node:buffer";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { ClipError } from "../../errors.ts";
import type { Frame } from "../../exchange/websocket.ts";
import { shortenReason } from "./close_code.ts";
import type { ClosablePort } from "./serve_session.ts";

/** Silence after which a client is asked for a sign of life, and dropped after as much again. */
const PING_MS = 30_000;

/** A connection, from the server's side. */
export class WebSocketPort implements ClosablePort {
  readonly #socket: WebSocket;
  readonly #gone = new AbortController();
  readonly #ping: ReturnType<typeof setInterval>;
  readonly #waiting: Frame[] = [];
  #reader: ((frame: Frame | undefined) => void) | undefined;
  #ended = false;
  #silent = false;

  /** @param isEnd tells the frame with which a client ends its side. */
  constructor(socket: WebSocket, isEnd: (frame: Frame) => boolean) {
    this.#socket = socket;
    socket.binaryType = "nodebuffer";
    socket.on("message", (data: Buffer, binary: boolean) => {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      this.#received({ bytes, text: !binary, length: bytes.length }, isEnd);
    });
    socket.on("close", () => this.#leave());
    // The connection is closed with the right code by then; what is left is to know of it.
    socket.on("error", () => this.#leave());
    socket.on("pong", () => this.#silent = false);
    this.#ping = setInterval(() => this.#checkLife(), PING_MS);
    socket.pause();
  }

  /** Fires when the client is gone. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** The next frame; undefined at the end. One at a time. */
  read(): Promise<Frame | undefined> {
    const frame = this.#waiting.shift();
    if (frame || this.#ended || this.signal.aborted) return Promise.resolve(frame);
    return new Promise((resolve) => {
      this.#reader = resolve;
      this.#silent = false;
      this.#socket.resume();
    });
  }

  /** Sends a frame; resolves when the connection has taken it, or there is none. */
  write({ bytes, text }: Frame): Promise<void> {
    if (this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#socket.send(bytes, { binary: !text }, () => resolve());
    });
  }

  /** Ends the connection, telling why. */
  close(code: number, reason = ""): void {
    this.#ended = true;
    // The client's own close frame has to be read.
    this.#socket.resume();
    this.#socket.close(code, shortenReason(reason));
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.#socket.terminate();
  }

  #received(frame: Frame, isEnd: (frame: Frame) => boolean): void {
    if (this.#ended) return;
    if (isEnd(frame)) {
      this.#ended = true;
      // Nothing more is expected but the client's close, which is to be seen.
      this.#reader?.(undefined);
      this.#reader = undefined;
      return;
    }
    this.#socket.pause();
    const reader = this.#reader;
    this.#reader = undefined;
    // Frames that were in the same packet come even though reading has stopped.
    if (reader) reader(frame);
    else this.#waiting.push(frame);
  }

  #checkLife(): void {
    // What is paused cannot answer.
    if (this.#socket.isPaused) return;
    if (this.#silent) return this.#socket.terminate();
    this.#silent = true;
    this.#socket.ping();
  }

  #leave(): void {
    clearInterval(this.#ping);
    this.#gone.abort(new ClipError("cancelled", "The client closed the connection"));
    this.#reader?.(undefined);
    this.#reader = undefined;
  }
}
