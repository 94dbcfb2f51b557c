/**
 * A client of unary gRPC calls that costs little: frames that are ready go to a socket, and of what
 * comes only what says where an answer ends is read (RFC 9113).
 */

const PREFACE = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const WINDOW_UPDATE = 8;
const ACK = 1;
const END_STREAM = 1;
const END_HEADERS = 4;
const INITIAL_WINDOW_SIZE = 4;

const HEAD_BYTES = 9;
const FRAME_BYTES = 16384;
const DEFAULT_WINDOW = 65535;
const WIDE_WINDOW = 2 ** 31 - 1;

interface Call {
  resolve(bytes: number): void;
  reject(error: Error): void;
  bytes: number;
  /** What may be sent. */
  window: number;
}

/** A connection; many calls may be under way. */
export class RawGrpcConnection {
  readonly #socket: Deno.TcpConn;
  readonly #calls = new Map<number, Call>();
  #nextStream = 1;
  #window = DEFAULT_WINDOW;
  #streamWindow = DEFAULT_WINDOW;
  /** Who waits for a window to open. */
  #waiting: (() => void)[] = [];
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** Connects to `127.0.0.1`. */
  static async open(port: number): Promise<RawGrpcConnection> {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port });
    socket.setNoDelay(true);
    const connection = new RawGrpcConnection(socket);
    const wide = new Uint8Array(6);
    new DataView(wide.buffer).setUint16(0, INITIAL_WINDOW_SIZE);
    new DataView(wide.buffer).setUint32(2, WIDE_WINDOW);
    await connection.#write([
      PREFACE,
      frame(SETTINGS, wide),
      frame(WINDOW_UPDATE, uint32(WIDE_WINDOW - DEFAULT_WINDOW)),
    ]);
    void connection.#read().catch((error) => connection.#fail(error));
    return connection;
  }

  /** Calls a method. @returns bytes of its answer. @throws {Error} the call failed. */
  async ask(headers: Uint8Array, body: Uint8Array): Promise<number> {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const answer = new Promise<number>((resolve, reject) =>
      this.#calls.set(stream, { resolve, reject, bytes: 0, window: this.#streamWindow })
    );
    const call = this.#calls.get(stream)!;
    const head = frame(HEADERS, headers, END_HEADERS, stream);
    let frames = [head];
    for (let at = 0; at < body.length;) {
      const most = Math.min(FRAME_BYTES, this.#window, call.window, body.length - at);
      if (most <= 0) {
        await this.#write(frames);
        frames = [];
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      this.#window -= most;
      call.window -= most;
      const last = at + most === body.length;
      frames.push(frame(DATA, body.subarray(at, at + most), last ? END_STREAM : 0, stream));
      at += most;
    }
    await this.#write(frames);
    return await answer;
  }

  /** Closes it. */
  close(): void {
    this.#calls.clear();
    this.#socket.close();
  }

  #write(frames: readonly Uint8Array[]): Promise<unknown> {
    const bytes = joined(frames);
    return this.#writing = this.#writing.then(async () => {
      for (let sent = 0; sent < bytes.length;) {
        sent += await this.#socket.write(bytes.subarray(sent));
      }
    });
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(1 << 18);
    let used = 0;
    for (;;) {
      const count = await this.#socket.read(buffer.subarray(used)).catch(() => null);
      if (count === null) return this.#fail(new Error("The server closed the connection"));
      used += count;
      let at = 0;
      const view = new DataView(buffer.buffer);
      while (used - at >= HEAD_BYTES) {
        const length = view.getUint32(at) >>> 8;
        if (used - at < HEAD_BYTES + length) break;
        const payload = buffer.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
        this.#received(buffer[at + 3]!, buffer[at + 4]!, view.getUint32(at + 5), payload);
        at += HEAD_BYTES + length;
      }
      buffer.copyWithin(0, at, used);
      used -= at;
    }
  }

  #received(type: number, flags: number, stream: number, payload: Uint8Array): void {
    const call = this.#calls.get(stream);
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    switch (type) {
      case SETTINGS:
        if (flags & ACK) return;
        for (let at = 0; at < payload.length; at += 6) {
          if (view.getUint16(at) !== INITIAL_WINDOW_SIZE) continue;
          const change = view.getUint32(at + 2) - this.#streamWindow;
          this.#streamWindow += change;
          for (const each of this.#calls.values()) each.window += change;
        }
        void this.#write([frame(SETTINGS, new Uint8Array(0), ACK)]);
        return this.#opened();
      case PING:
        if (!(flags & ACK)) void this.#write([frame(PING, payload, ACK)]);
        return;
      case WINDOW_UPDATE:
        if (stream === 0) this.#window += view.getUint32(0);
        else if (call) call.window += view.getUint32(0);
        return this.#opened();
      case DATA:
        if (call) call.bytes += payload.length;
        break;
      case RST_STREAM:
        call?.reject(new Error(`The call was reset: ${view.getUint32(0)}`));
        return;
    }
    if ((type !== DATA && type !== HEADERS) || !(flags & END_STREAM)) return;
    this.#calls.delete(stream);
    call?.resolve(call.bytes);
  }

  #opened(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  #fail(error: Error): void {
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
  }
}

/** Headers of a call, each literal and never indexed (RFC 7541, section 6.2.2). */
export function callHeaders(path: string): Uint8Array {
  const fields = {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "127.0.0.1",
    "content-type": "application/grpc",
    te: "trailers",
  };
  const text = (value: string) => {
    const bytes = new TextEncoder().encode(value);
    return [Uint8Array.of(bytes.length), bytes];
  };
  return joined(
    Object.entries(fields).flatMap(([name, value]) => [
      Uint8Array.of(0x10),
      ...text(name),
      ...text(value),
    ]),
  );
}

function frame(type: number, payload: Uint8Array, flags = 0, stream = 0): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length << 8 | type);
  bytes[4] = flags;
  view.setUint32(5, stream);
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
