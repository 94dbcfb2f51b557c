/**
 * Takes GOAWAY frames out of what a client of HTTP/2 sends.
 *
 * Deno up to 2.9.6 dies inside nghttp2 when such a frame comes (a freed stream is still in its
 * table: https://github.com/denoland/deno/issues/36788), and every client that closes its channel
 * in order sends one. A server has no use for the frame: it says which of the server's own streams
 * were seen, and there are none; the connection's end follows it.
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/** The client's first bytes, before any frame (RFC 9113, section 3.4). */
const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;
const GOAWAY = 7;

/** Walks over frames that come in pieces of any size. */
export class GoawayFilter {
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  /** Bytes left of the preface or of a frame's payload. */
  #left = PREFACE_BYTES;
  #dropping = false;

  /** What is to be passed on of a piece: views of it, but for heads that came in two pieces. */
  pass(piece: Buffer): Buffer[] {
    const passed: Buffer[] = [];
    /** Where what is passed on as one view begins. */
    let from = 0;
    let at = 0;
    while (at < piece.length) {
      if (this.#left > 0) {
        const count = Math.min(this.#left, piece.length - at);
        this.#left -= count;
        at += count;
        if (this.#dropping) from = at;
        continue;
      }
      this.#dropping = false;
      const begin = at;
      const count = Math.min(HEAD_BYTES - this.#headBytes, piece.length - at);
      const whole = count === HEAD_BYTES;
      piece.copy(this.#head, this.#headBytes, at, at + count);
      this.#headBytes += count;
      at += count;
      if (whole && this.#head[3] !== GOAWAY) {
        this.#endHead();
        continue;
      }
      if (begin > from) passed.push(piece.subarray(from, begin));
      from = at;
      if (this.#headBytes < HEAD_BYTES) continue;
      this.#dropping = this.#head[3] === GOAWAY;
      if (!this.#dropping) passed.push(Buffer.from(this.#head));
      this.#endHead();
    }
    if (at > from) passed.push(piece.subarray(from, at));
    return passed;
  }

  #endHead(): void {
    this.#headBytes = 0;
    this.#left = this.#head.readUIntBE(0, 3);
  }
}

/** A socket whose reader sees no GOAWAY frame; it ends with the socket, and the socket with it. */
export class FilteredSocket extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    const filter = new GoawayFilter();
    socket.on("data", (piece: Buffer) => {
      for (const part of filter.pass(piece)) if (!this.push(part)) socket.pause();
    });
    socket.on("end", () => this.push(null));
    socket.on("error", () => this.destroy());
    socket.on("close", () => this.destroy());
    // A client that goes away while it is written to is nobody's error.
    this.on("error", () => {});
  }

  /** For grpc-js, which tells the peer's address to handlers. */
  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** The same. */
  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(
    piece: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#socket.write(piece, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
