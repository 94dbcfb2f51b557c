/**
 * Walks over the frames that a client of HTTP/2 sends: shows the head of each to whoever judges
 * them, and takes GOAWAY frames out.
 *
 * Deno up to 2.9.6 dies inside nghttp2 when such a frame comes (a freed stream is still in its
 * table: https://github.com/denoland/deno/issues/36788), and every client that closes its channel
 * in order sends one. A server has no use for the frame: it says which of the server's own streams
 * were seen, and there are none; the connection's end follows it.
 */
import { Buffer } from "node:buffer";

/** The client's first bytes, before any frame (RFC 9113, section 3.4). */
const PREFACE_BYTES = 24;
/** What every frame begins with: length, type, flags, stream (section 4.1). */
export const HEAD_BYTES = 9;

/** Types of frames (section 6). */
export const FrameType = {
  Data: 0,
  Headers: 1,
  Settings: 4,
  Ping: 6,
  Goaway: 7,
  WindowUpdate: 8,
} as const;

/** The head of a frame. */
export interface FrameHead {
  type: number;
  flags: number;
  /** 0: the frame is about the connection. */
  stream: number;
}

/** Walks over frames that come in pieces of any size. */
export class FrameFilter {
  readonly #seen: (head: FrameHead) => void;
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  /** Bytes left of the preface or of a frame's payload. */
  #left = PREFACE_BYTES;
  #dropping = false;

  /** `seen` is called for each frame, in order, as soon as its head is there. */
  constructor(seen: (head: FrameHead) => void = () => {}) {
    this.#seen = seen;
  }

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
      if (whole && this.#head[3] !== FrameType.Goaway) {
        this.#endHead();
        continue;
      }
      if (begin > from) passed.push(piece.subarray(from, begin));
      from = at;
      if (this.#headBytes < HEAD_BYTES) continue;
      this.#dropping = this.#head[3] === FrameType.Goaway;
      if (!this.#dropping) passed.push(Buffer.from(this.#head));
      this.#endHead();
    }
    if (at > from) passed.push(piece.subarray(from, at));
    return passed;
  }

  #endHead(): void {
    const head = this.#head;
    this.#headBytes = 0;
    this.#left = head.readUIntBE(0, 3);
    const stream = head.readUInt32BE(5) & 0x7fff_ffff;
    this.#seen({ type: head[3]!, flags: head[4]!, stream });
  }
}
