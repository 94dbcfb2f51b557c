/**
 * An HTTP client that costs next to nothing: bytes that are ready go to a socket, and of the answer
 * only what says where it ends is read. It keeps one connection alive and has one request under way.
 */

const HEAD_END = new TextEncoder().encode("\r\n\r\n");
const LAST_CHUNK = new TextEncoder().encode("\r\n0\r\n\r\n");

/** A request as it goes over the wire. */
export function rawRequest(
  host: string,
  path: string,
  body: Uint8Array,
  headers: Record<string, string | number> = { "content-type": "application/json" },
): Uint8Array {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = new TextEncoder().encode(
    `POST ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines}content-length: ${body.length}\r\n\r\n`,
  );
  const request = new Uint8Array(head.length + body.length);
  request.set(head);
  request.set(body, head.length);
  return request;
}

/** What was answered: the status and the size of head and body. */
export interface RawAnswer {
  status: number;
  bytes: number;
}

/** A connection that is kept. */
export class RawHttpConnection {
  readonly #socket: Deno.TcpConn;
  readonly #buffer = new Uint8Array(1 << 18);

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** Connects to `127.0.0.1`. */
  static async open(port: number): Promise<RawHttpConnection> {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port });
    socket.setNoDelay(true);
    return new RawHttpConnection(socket);
  }

  /**
   * Sends a request and reads its answer to the end.
   * @throws {Error} if the connection ends before
   */
  async ask(request: Uint8Array): Promise<RawAnswer> {
    for (let sent = 0; sent < request.length;) {
      sent += await this.#socket.write(request.subarray(sent));
    }
    let head = new Uint8Array();
    let end = -1;
    while (end < 0) {
      head = joined(head, await this.#read());
      end = indexOf(head, HEAD_END);
    }
    const text = new TextDecoder().decode(head.subarray(0, end)).toLowerCase();
    const status = Number(text.slice(9, 12));
    const first = head.subarray(end + HEAD_END.length);
    const length = /\r\ncontent-length: *(\d+)/.exec(text)?.[1];
    const body = length === undefined
      ? await this.#readChunks(first)
      : await this.#readLength(first.length, Number(length));
    return { status, bytes: end + HEAD_END.length + body };
  }

  /** Closes it. */
  close(): void {
    this.#socket.close();
  }

  async #readLength(have: number, length: number): Promise<number> {
    for (let read = have; read < length;) read += (await this.#read()).length;
    return length;
  }

  /** The last chunk's bytes do not occur in JSON, so that the end alone has to be looked at. */
  async #readChunks(first: Uint8Array): Promise<number> {
    let size = first.length;
    let tail = joined(new TextEncoder().encode("\r\n"), first).slice(-LAST_CHUNK.length);
    while (indexOf(tail, LAST_CHUNK) < 0) {
      const part = await this.#read();
      size += part.length;
      tail = joined(tail, part.subarray(-LAST_CHUNK.length)).slice(-LAST_CHUNK.length);
    }
    return size;
  }

  /** What has come; it is overwritten by the next. */
  async #read(): Promise<Uint8Array> {
    const count = await this.#socket.read(this.#buffer);
    if (count === null) throw new Error("The server closed the connection");
    return this.#buffer.subarray(0, count);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  const last = bytes.length - wanted.length;
  for (let i = 0; i <= last; i++) {
    if (wanted.every((byte, j) => bytes[i + j] === byte)) return i;
  }
  return -1;
}
