/** An HTTP server that can lie: what it announces and what it sends are set apart. */
import { createHash } from "node:crypto";

/** A request as it came. */
export interface RawRequest {
  path: string;
  headers: Map<string, string>;
}

/** What to send back. */
export interface RawReply {
  status?: number;
  headers?: Record<string, string>;
  body?: Uint8Array;
  /** Announced length; default: the body's. `null`: none, the end of the connection ends it. */
  length?: number | null;
  /** Keeps the connection open, silent, until the server is closed. */
  hold?: boolean;
}

type Handler = (request: RawRequest) => RawReply | Promise<RawReply>;

/** Serves `handler` on a free port of 127.0.0.1, one request a connection. */
export class RawServer implements AsyncDisposable {
  readonly requests: RawRequest[] = [];
  readonly origin: string;
  readonly #listener: Deno.Listener;
  readonly #open = new Set<Deno.Conn>();
  readonly #serving: Promise<void>;

  constructor(handler: Handler) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#listener = listener;
    this.origin = `http://127.0.0.1:${listener.addr.port}`;
    this.#serving = this.#serve(handler);
  }

  async #serve(handler: Handler): Promise<void> {
    const answers: Promise<void>[] = [];
    try {
      for await (const connection of this.#listener) {
        this.#open.add(connection);
        answers.push(this.#answer(connection, handler).catch(() => {}));
      }
    } catch {
      // Closed.
    }
    await Promise.all(answers);
  }

  async #answer(connection: Deno.Conn, handler: Handler): Promise<void> {
    let held = false;
    try {
      const request = await readRequest(connection);
      this.requests.push(request);
      const reply = await handler(request);
      held = reply.hold === true;
      const body = reply.body ?? new Uint8Array();
      const length = reply.length === undefined ? body.length : reply.length;
      const head = [
        `HTTP/1.1 ${reply.status ?? 200} Status`,
        ...Object.entries(reply.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
        ...(length === null ? [] : [`content-length: ${length}`]),
        "connection: close",
        "\r\n",
      ].join("\r\n");
      await writeAll(connection, new TextEncoder().encode(head));
      await writeAll(connection, body);
    } finally {
      if (!held) this.#close(connection);
    }
  }

  #close(connection: Deno.Conn): void {
    if (!this.#open.delete(connection)) return;
    connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of [...this.#open]) this.#close(connection);
    await this.#serving;
  }
}

async function readRequest(connection: Deno.Conn): Promise<RawRequest> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(4096);
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const count = await connection.read(chunk);
    if (count === null) throw new Error("closed");
    text += decoder.decode(chunk.subarray(0, count));
  }
  const [first = "", ...lines] = text.split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { path: first.split(" ")[1] ?? "", headers };
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
}

/** Bytes that look like nothing else, the same for the same length. */
export function sampleBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = 12345;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** A correct answer to a request for `bytes`, ranges and `If-Range` included. */
export function honest(request: RawRequest, bytes: Uint8Array, etag = '"v1"'): RawReply {
  const start = rangeStart(request);
  const condition = request.headers.get("if-range");
  if (start === undefined || (condition !== undefined && condition !== etag)) {
    return { headers: { etag }, body: bytes };
  }
  if (start >= bytes.length) {
    return { status: 416, headers: { etag, "content-range": `bytes */${bytes.length}` } };
  }
  return {
    status: 206,
    headers: { etag, "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` },
    body: bytes.subarray(start),
  };
}

/** The first byte asked for. */
export function rangeStart(request: RawRequest): number | undefined {
  const match = /^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "");
  return match === null ? undefined : Number(match[1]);
}
