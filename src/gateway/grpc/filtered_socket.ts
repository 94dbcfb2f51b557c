/** The connection of a client, as the HTTP/2 session is given it. */
import { Buffer } from "node:buffer";
import { constants } from "node:http2";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { ControlLimit } from "./control_limit.ts";
import { FrameFilter, FrameType } from "./frame_filter.ts";
import { goaway } from "./goaway.ts";

/**
 * Bytes that may wait for a client to take them; while there are more, nothing is read of it. The
 * session does not ask whether the socket takes what it writes: without this a client with wide
 * windows that sends requests and takes no answers would fill the memory with them.
 */
const MAX_UNSENT_BYTES = 2 ** 20;

/**
 * Frames are put together for one write up to this: small ones gain by it, a whole frame of data is
 * cheaper by itself (Deno 2.9.6; 64 KiB cost a third more for answers of 32 texts).
 */
const ROOM_BYTES = 2 ** 14;

/** How long a client that is told to go may take to hear it, and what it may send meanwhile. */
const FAREWELL_MS = 5000;
const FAREWELL_BYTES = 4 * 2 ** 20;

type Done = (error?: Error | null) => void;

/**
 * A socket whose reader sees no GOAWAY frame; it ends with the socket, and the socket with it.
 *
 * The session writes every frame by itself. What it writes in one turn of the event loop goes to
 * the system at once.
 */
export class FilteredSocket extends Duplex {
  readonly #socket: Socket;
  readonly #limit: ControlLimit;
  /** Of the streams that the client has opened. */
  #lastStream = 0;
  #gathering = false;
  #dismissed = false;
  /** The session has enough to read. */
  #full = false;
  /** Where frames are put together; the system has taken them before it is used again. */
  #room: Uint8Array | undefined;
  #moved = 0;

  constructor(socket: Socket, limit: ControlLimit) {
    super();
    this.#socket = socket;
    this.#limit = limit;
    let abuse: string | undefined;
    let passedOver = 0;
    const filter = new FrameFilter((head) => {
      this.#lastStream = Math.max(this.#lastStream, head.stream);
      abuse ??= limit.received(head);
    });
    socket.on("data", (piece: Buffer) => {
      this.#moved += piece.length;
      if (abuse !== undefined) {
        passedOver += piece.length;
        if (passedOver > FAREWELL_BYTES) socket.destroy();
        return;
      }
      const parts = filter.pass(piece);
      if (abuse !== undefined) return this.#dismiss(abuse);
      for (const part of parts) if (!this.push(part)) this.#full = true;
      if (this.#full || this.#stuck) socket.pause();
    });
    socket.on("end", () => this.push(null));
    socket.on("error", () => this.destroy());
    socket.on("close", () => this.destroy());
    // A client that goes away while it is written to is nobody's error.
    this.on("error", () => {});
  }

  /** Bytes that have come from the client, and that the system has taken for it. */
  get moved(): number {
    return this.#moved;
  }

  // deno-lint-ignore no-explicit-any -- of its three overloads
  override write(frame: any, ...more: any[]): boolean {
    const type = frame[3];
    if (type === FrameType.Headers || type === FrameType.Data) this.#limit.answered();
    if (!this.#gathering) {
      this.#gathering = true;
      this.cork();
      setImmediate(() => {
        this.#gathering = false;
        this.uncork();
      });
    }
    return super.write(frame, ...more);
  }

  override _read(): void {
    this.#full = false;
    if (!this.#stuck) this.#socket.resume();
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#send(piece, done);
  }

  override _writev(pieces: { chunk: Buffer }[], done: Done): void {
    this.#sendFrom(pieces, 0, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#dismissed) this.#socket.destroy();
    done(error);
  }

  get #stuck(): boolean {
    return this.writableLength > MAX_UNSENT_BYTES;
  }

  #send(bytes: Uint8Array, done: Done): void {
    this.#socket.write(bytes, (error) => {
      this.#moved += bytes.length;
      done(error);
      if (!this.#stuck && !this.#full) this.#socket.resume();
    });
  }

  /** Sends the pieces from `next` on, as many at a time as the room for gathering holds. */
  #sendFrom(pieces: { chunk: Uint8Array }[], next: number, done: Done): void {
    const room = this.#room ??= new Uint8Array(ROOM_BYTES);
    let length = 0;
    let piece = pieces[next]!.chunk;
    let end = next;
    while (length + piece.length <= ROOM_BYTES) {
      room.set(piece, length);
      length += piece.length;
      if (++end === pieces.length) break;
      piece = pieces[end]!.chunk;
    }
    const bytes = end > next ? room.subarray(0, length) : pieces[end++]!.chunk;
    this.#send(bytes, (error) => {
      if (error || end === pieces.length) done(error);
      else this.#sendFrom(pieces, end, done);
    });
  }

  /** Tells the client why it must go. What it still sends is not read: a reset would overtake that. */
  #dismiss(reason: string): void {
    this.#dismissed = true;
    const socket = this.#socket;
    socket.end(goaway(this.#lastStream, constants.NGHTTP2_ENHANCE_YOUR_CALM, reason));
    const patience = setTimeout(() => socket.destroy(), FAREWELL_MS);
    socket.once("close", () => clearTimeout(patience));
    this.destroy();
  }
}
