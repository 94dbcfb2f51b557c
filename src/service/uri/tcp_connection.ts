/**
 * A connection to one of the addresses that were checked, that ends with its signal.
 *
 * It is a socket of node:net, not a Deno.Conn: one of those that is closed while its TLS handshake
 * is under way stays open for good (Deno 2.9.6).
 */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ByteSource } from "./http_response.ts";

/** Where to. */
export interface Destination {
  /** The host of the URL, for the certificate. */
  hostname: string;
  port: number;
  tls: boolean;
}

/** Milliseconds until the next address is tried, if there is one. */
const TRY_MS = 2000;
/** More addresses than these are not tried. */
const MOST_TRIES = 4;

/** An open connection. */
export class Connection implements ByteSource {
  readonly #socket: Socket;
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #letGo: () => void;
  /** What came and was not read yet. */
  #rest: Uint8Array = new Uint8Array(0);

  /** @param letGo is called when it is closed. */
  constructor(socket: Socket, letGo: () => void) {
    this.#socket = socket;
    this.#letGo = letGo;
    this.#pieces = (socket as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  }

  /** Sends bytes; whether they arrive shows in the answer. */
  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** As `ByteSource`; throws the error of the connection, or that it was closed. */
  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#rest.length === 0) {
      const { value, done } = await this.#pieces.next();
      if (done) return null;
      this.#rest = value;
    }
    const length = Math.min(buffer.length, this.#rest.length);
    buffer.set(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
    return length;
  }

  /** Closes it at once, whatever is under way. */
  close(): void {
    this.#letGo();
    this.#socket.destroy();
  }
}

/**
 * Connects to the first of the addresses that answers.
 * @param addresses literal: nothing is looked up here.
 * @param signal closes the connection too, whatever is under way on it.
 * @throws {Error} as node:net and node:tls, with a `code`; anything once the signal has fired.
 */
export async function connect(
  addresses: readonly string[],
  destination: Destination,
  signal: AbortSignal,
): Promise<Connection> {
  let reason: unknown = new Error("the name has no address");
  const tried = addresses.slice(0, MOST_TRIES);
  for (const [i, address] of tried.entries()) {
    const ms = i < tried.length - 1 ? TRY_MS : undefined;
    try {
      return await connectToOne(address, destination, signal, ms);
    } catch (thrown) {
      reason = thrown;
      if (signal.aborted) break;
    }
  }
  throw reason;
}

function connectToOne(
  host: string,
  { hostname, port, tls }: Destination,
  signal: AbortSignal,
  ms: number | undefined,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = tls
      ? connectTls({
        host,
        port,
        // An address is no server name (RFC 6066): the certificate is then for `host`.
        ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
        // Nothing newer than HTTP/1.1 is offered, for nothing newer is read.
        ALPNProtocols: ["http/1.1"],
      })
      : connectTcp({ host, port });
    const give = (error: unknown) => {
      letGo();
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const abort = () => give(signal.reason);
    const letGo = () => signal.removeEventListener("abort", abort);
    const timer = ms === undefined
      ? undefined
      : setTimeout(() => give(new Error("the connection timed out")), ms);
    signal.addEventListener("abort", abort, { once: true });
    // It stays: an error that nobody hears would end the process.
    socket.on("error", give);
    socket.once("close", () => give(new Error("the connection broke before the end")));
    socket.once(tls ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      resolve(new Connection(socket, letGo));
    });
  });
}
