/** Over WebSocket: binary frames of `jina.DataRequestProto`, answered by the id of the request. */
import type { DataRequest, DataResponse } from "../../src/dialects/jina/document/request.ts";
import { decodeResponseProto, encodeRequestProto } from "../../src/dialects/jina/proto/request.ts";
import { ClipClientError, type ClipClientErrorKind } from "../errors.ts";
import { Pending } from "./pending.ts";
import type { Socket } from "./socket.ts";
import type { ConnectOptions, Session, Transport } from "./transport.ts";
import { openSocket } from "./websocket_open.ts";

/** A server behind `ws:` or `wss:`. Connections are kept for the sessions that follow. */
export class WebSocketTransport implements Transport {
  readonly #options: ConnectOptions;
  readonly #idle: Connection[] = [];
  #closed = false;

  constructor(options: ConnectOptions) {
    this.#options = options;
  }

  open(): Session {
    let connection: Promise<Connection> | undefined;
    let opened: Connection | undefined;
    return {
      send: async (request, { signal, trace }) => {
        if (opened?.broken) connection = opened = undefined;
        connection ??= this.#take();
        opened = await connection.catch((thrown) => {
          connection = undefined;
          throw thrown;
        });
        signal.throwIfAborted();
        // A connection serves many calls, and browsers give it no headers.
        const parameters = { ...request.parameters, ...trace };
        return await opened.send(trace ? { ...request, parameters } : request, signal);
      },
      close: () => {
        connection?.then((one) => this.#giveBack(one), () => {});
      },
    };
  }

  close(): void {
    this.#closed = true;
    for (const one of this.#idle.splice(0)) one.close();
  }

  async #take(): Promise<Connection> {
    for (let one = this.#idle.pop(); one !== undefined; one = this.#idle.pop()) {
      if (!one.broken) return one;
    }
    return await Connection.open(this.#options);
  }

  /** One that is still to be answered is closed: the server drops the work then. */
  #giveBack(connection: Connection): void {
    if (this.#closed || connection.busy || this.#idle.length > 0) connection.close();
    else if (!connection.broken) this.#idle.push(connection);
  }
}

class Connection {
  readonly #socket: Socket;
  // The next try opens another connection, which a balancer gives to another server.
  readonly #pending = new Pending(() => {
    this.#lost(new ClipClientError("connection", "Nothing came for the time-out of a request"));
    this.#socket.close(NORMAL);
  });
  #broken = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(data));
    socket.addEventListener("close", ({ code, reason }) => this.#lost(closed(code, reason)));
  }

  /** Opens one. @throws {ClipClientError} it cannot be opened. */
  static async open(options: ConnectOptions): Promise<Connection> {
    const socket = await openSocket(options);
    socket.binaryType = "arraybuffer";
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      const failed = (event: unknown) => reject(notOpened(options.url, event));
      socket.addEventListener("error", failed);
      socket.addEventListener("close", failed);
    });
    return new Connection(socket);
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** Whether answers are still to come. */
  get busy(): boolean {
    return this.#pending.size > 0;
  }

  send(request: DataRequest, signal: AbortSignal): Promise<DataResponse> {
    if (this.#broken) return Promise.reject(closed(1006, ""));
    const bytes = encodeRequestProto(request) as Uint8Array<ArrayBuffer>;
    const answer = this.#pending.wait(request.requestId, bytes.length, signal);
    this.#socket.send(bytes);
    return answer;
  }

  close(): void {
    this.#broken = true;
    this.#socket.close(NORMAL);
  }

  #take(data: unknown): void {
    try {
      if (!(data instanceof ArrayBuffer)) throw new TypeError("a text frame came");
      this.#pending.answer(decodeResponseProto(new Uint8Array(data)));
    } catch (cause) {
      this.#lost(new ClipClientError("protocol", `The answer cannot be read: ${cause}`, { cause }));
      this.#socket.close(NORMAL);
    }
  }

  #lost(error: ClipClientError): void {
    this.#broken = true;
    this.#pending.fail(error);
  }
}

const NORMAL = 1000;

/** By close codes (RFC 6455, section 7.4.1, and IANA's registry); others are broken connections. */
const KINDS: Readonly<Record<number, ClipClientErrorKind>> = {
  1001: "unavailable",
  1003: "invalid",
  1007: "invalid",
  1009: "too_large",
  1011: "server",
  1012: "unavailable",
  1013: "overloaded",
};

function closed(code: number, reason: string): ClipClientError {
  const words = reason || "The connection was closed before the answer came";
  return new ClipClientError(KINDS[code] ?? "connection", `${words} (WebSocket close ${code})`, {
    status: code,
  });
}

function notOpened(url: URL, event: unknown): ClipClientError {
  const { message } = event as { message?: string };
  const status = Number(/\b(4\d\d|5\d\d)\b/.exec(message ?? "")?.[1]) || undefined;
  if (status === 401 || status === 403) {
    return new ClipClientError(
      "unauthenticated",
      `${url.host} refuses the WebSocket (HTTP ${status}). Give the client an API key that the ` +
        "server knows: new ClipClient(url, { apiKey }); a page of another origin needs 'cors' there",
      { status },
    );
  }
  const kind = status === 429 ? "rate_limited" : status === 503 ? "overloaded" : "connection";
  return new ClipClientError(
    kind,
    `Cannot open a WebSocket to ${url.host}${
      message ? `: ${message}` : ""
    }. Is the server running ` +
      "there, with the protocol 'websocket' in its flow, and is a key needed?",
    { status },
  );
}
