/** HTTP/2 sessions on connections that are handed in, and the calls that come by them. */
import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { type ConnectionAge, limitAge } from "./connection_age.ts";
import type { FilteredSocket } from "./filtered_socket.ts";
import {
  CONNECTION_WINDOW_BYTES,
  MAX_CONCURRENT_STREAMS,
  STREAM_WINDOW_BYTES,
} from "./flow_window.ts";
import { keepAlive } from "./keepalive.ts";
import { retire } from "./retire.ts";

/**
 * Calls of all connections that may be open at a time. Streams may stay open and idle, and cost a
 * few KB each.
 */
const MAX_OPEN_CALLS = 10_000;

/**
 * nghttp2 holds clients to the number of calls that they were told. Calls that a client has reset
 * are open here for a moment longer: it may have begun as many others, and does nothing wrong.
 */
const MAX_CALLS_OF_SESSION = 2 * MAX_CONCURRENT_STREAMS;

/** What clients write to their logs when they are asked to move. */
const LEAVING = "server_leaving";

/** Takes a call; throws nothing. */
export type StreamHandler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** All sessions of a port. */
export class Http2Server {
  readonly #server = createServer({
    settings: {
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxConcurrentStreams: MAX_CONCURRENT_STREAMS,
    },
    // In MB. The bound of 10 is for all that a session holds, and refuses calls; ours are elsewhere.
    maxSessionMemory: Number.MAX_SAFE_INTEGER,
    maxSendHeaderBlockLength: Number.MAX_SAFE_INTEGER,
  });
  readonly #age: ConnectionAge;
  readonly #sessions = new Map<ServerHttp2Session, FilteredSocket>();
  #open = 0;
  #retired = false;
  #stopping = false;
  #closed: (() => void) | undefined;
  #opened: ServerHttp2Session | undefined;

  /** @param age how long connections live. */
  constructor(age: ConnectionAge) {
    this.#age = age;
    this.#server.setTimeout(0);
    this.#server.on("session", (session) => this.#opened = session);
    // A session that fails is its client's affair, and ends with its connection.
    this.#server.on("sessionError", () => {});
  }

  /** Serves a connection, whose calls go to `handle`. */
  accept(connection: FilteredSocket, handle: StreamHandler): void {
    if (this.#stopping) return void connection.destroy();
    this.#opened = undefined;
    this.#server.emit("connection", connection);
    const session = this.#opened as ServerHttp2Session | undefined;
    // It was closed again already.
    if (!session) return void connection.destroy();
    this.#sessions.set(session, connection);
    session.once("close", () => {
      this.#sessions.delete(session);
      if (this.#sessions.size === 0) this.#closed?.();
    });
    session.on("error", () => connection.destroy());
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    let ofSession = 0;
    session.on("stream", (stream, headers) => {
      if (ofSession >= MAX_CALLS_OF_SESSION || this.#open >= MAX_OPEN_CALLS) {
        stream.on("error", () => {});
        return stream.close(constants.NGHTTP2_REFUSED_STREAM);
      }
      ofSession++;
      this.#open++;
      stream.once("close", () => {
        ofSession--;
        this.#open--;
      });
      handle(stream, headers);
    });
    keepAlive(session, connection, () => connection.moved);
    limitAge(session, connection, this.#age);
    if (this.#retired) retire(session, connection, LEAVING);
  }

  /** Asks all clients to make their next calls elsewhere, those that connect from now on too. */
  retire(): void {
    this.#retired = true;
    for (const [session, connection] of this.#sessions) retire(session, connection, LEAVING);
  }

  /** Tells all clients to make no more calls; resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const ended = new Promise<void>((resolve) => this.#closed = resolve);
    for (const session of this.#sessions.keys()) session.close();
    if (this.#sessions.size > 0) await ended;
  }

  /** Ends all connections. */
  abort(): void {
    for (const session of this.#sessions.keys()) session.destroy();
  }
}
