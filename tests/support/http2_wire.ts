/** A client of HTTP/2 that reads and writes single frames, for what no library's client shows or does. */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { closed } from "./socket_end.ts";

/** Types of frames (RFC 9113, section 6). */
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
} as const;
/** Settings (RFC 9113, section 6.5.2). */
export const SETTING = { MAX_CONCURRENT_STREAMS: 3, INITIAL_WINDOW_SIZE: 4 } as const;
/** Flags of frames. */
export const FLAG = { ACK: 1, END_STREAM: 1, END_HEADERS: 4 } as const;
/** Error codes (RFC 9113, section 7). */
export const CODE = { NO_ERROR: 0, CANCEL: 8, ENHANCE_YOUR_CALM: 11 } as const;

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEAD_BYTES = 9;

/** One frame. */
export interface Frame {
  type: number;
  flags: number;
  /** 0: the connection. */
  stream: number;
  payload: Buffer;
}

/** The bytes of a frame. */
export function frameBytes(type: number, payload: Uint8Array, flags = 0, stream = 0): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Values of settings by their number. */
export function settingsOf({ payload }: Frame): Map<number, number> {
  const values = new Map<number, number>();
  for (let at = 0; at < payload.length; at += 6) {
    values.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
  }
  return values;
}

/** The payload of SETTINGS. */
export function settings(values: Readonly<Record<number, number>>): Buffer {
  return Buffer.concat(
    Object.entries(values).map(([id, value]) => {
      const entry = Buffer.alloc(6);
      entry.writeUInt16BE(Number(id));
      entry.writeUInt32BE(value, 2);
      return entry;
    }),
  );
}

/** The payload of WINDOW_UPDATE and RST_STREAM. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Headers of a gRPC call, every one literal and never indexed (RFC 7541, section 6.2.2). */
export function callHeaders(
  path: string,
  more: Readonly<Record<string, string>> = {},
): Buffer {
  const fields = {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    "content-type": "application/grpc",
    te: "trailers",
    ...more,
  };
  return Buffer.concat(
    Object.entries(fields).map(([name, value]) =>
      Buffer.concat([
        Buffer.of(0, name.length),
        Buffer.from(name),
        Buffer.of(value.length),
        Buffer.from(value),
      ])
    ),
  );
}

/** A gRPC message in its frame. */
export function grpcMessage(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(0), uint32(message.length), message]);
}

/** A connection; it acknowledges the server's settings, and does nothing else by itself. */
export class WireClient {
  readonly socket: Socket;
  /** Every frame that came. */
  readonly frames: Frame[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #came: (() => void) | undefined;
  #ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (piece: Buffer) => this.#read(piece));
    socket.on("close", () => {
      this.#ended = true;
      this.#came?.();
    });
    socket.on("error", () => {});
  }

  /** Connects to a gateway's URL. */
  static async connect(url: string, values: Readonly<Record<number, number>> = {}) {
    const { port } = new URL(url.replace(/^grpc/, "http"));
    const socket = connect(Number(port), "127.0.0.1");
    await once(socket, "connect");
    socket.setNoDelay(true);
    const client = new WireClient(socket);
    socket.write(
      Buffer.concat([Buffer.from(PREFACE), frameBytes(FRAME.SETTINGS, settings(values))]),
    );
    return client;
  }

  /** Sends frames in one piece. */
  send(...frames: Uint8Array[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** Begins a call. */
  call(stream: number, path: string): void {
    this.send(frameBytes(FRAME.HEADERS, callHeaders(path), FLAG.END_HEADERS, stream));
  }

  /** The first frame that fits, of those that came or will. @throws {Error} the connection ended. */
  async first(fits: (frame: Frame) => boolean): Promise<Frame> {
    for (let at = 0;; at++) {
      while (at >= this.frames.length) {
        if (this.#ended) throw new Error("The connection ended before such a frame came");
        await new Promise<void>((resolve) => this.#came = resolve);
      }
      if (fits(this.frames[at]!)) return this.frames[at]!;
    }
  }

  /** Resolves when a PING has come back: what was sent before it has been handled. */
  async roundTrip(): Promise<void> {
    const payload = crypto.getRandomValues(new Uint8Array(8));
    this.send(frameBytes(FRAME.PING, payload));
    await this.first((frame) => frame.type === FRAME.PING && frame.payload.equals(payload));
  }

  /** Bytes that WINDOW_UPDATE frames have granted so far. */
  granted(stream: number): number {
    return this.frames.filter((frame) =>
      frame.type === FRAME.WINDOW_UPDATE && frame.stream === stream
    ).reduce((sum, { payload }) => sum + payload.readUInt32BE(), 0);
  }

  /** Resolves when the connection has ended. */
  async closed(): Promise<void> {
    if (!this.#ended) await closed(this.socket);
  }

  /** Ends the connection. */
  close(): void {
    this.socket.destroy();
  }

  #read(piece: Buffer): void {
    let bytes: Buffer = Buffer.concat([this.#rest, piece]);
    while (bytes.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + bytes.readUIntBE(0, 3);
      if (bytes.length < end) break;
      const [type, flags] = [bytes[3]!, bytes[4]!];
      const payload = Buffer.from(bytes.subarray(HEAD_BYTES, end));
      this.frames.push({ type, flags, stream: bytes.readUInt32BE(5), payload });
      if (type === FRAME.SETTINGS && !(flags & FLAG.ACK)) {
        this.send(frameBytes(FRAME.SETTINGS, Buffer.alloc(0), FLAG.ACK));
      }
      bytes = bytes.subarray(end);
    }
    this.#rest = Buffer.from(bytes);
    this.#came?.();
  }
}
