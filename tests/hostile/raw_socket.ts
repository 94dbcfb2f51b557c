/** TCP for attackers: writes that wait for the other side, reading only if wanted. */
import { connect, type Socket } from "node:net";

/** How a connection is made. */
export interface SocketOptions {
  /** The loopback address that it comes from: the server bounds what one address may do. */
  from?: string;
  /** Read nothing until `read()` is called, so that the server cannot get rid of its answers. */
  deaf?: boolean;
}

/** The most that is kept of what came. */
const KEPT = 65_536;
/** A client's connection attempt is given up after this long. */
const CONNECT_MS = 10_000;

/** One connection. */
export class RawSocket {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #sent: (bytes: number) => void;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #wake: (() => void) | undefined;
  /** Bytes that came. */
  received = 0;
  /** It is at an end, whoever ended it. */
  ended = false;
  /** The server has ended or broken it. */
  endedByServer = false;

  private constructor(socket: Socket, signal: AbortSignal, sent: (bytes: number) => void) {
    this.#socket = socket;
    this.#signal = signal;
    this.#sent = sent;
    socket.on("data", (bytes: Uint8Array) => {
      this.received += bytes.length;
      if (this.#keptBytes < KEPT) {
        this.#kept.push(bytes);
        this.#keptBytes += bytes.length;
      }
      this.#wake?.();
    });
    const end = () => {
      if (!this.ended) this.endedByServer = true;
      this.ended = true;
      this.#wake?.();
    };
    for (const event of ["end", "close", "error"]) socket.on(event, end);
    signal.addEventListener("abort", () => this.close());
  }

  /** Connects. @throws {Error} refused, or not in time. */
  static async connect(
    port: number,
    signal: AbortSignal,
    { from = "127.0.0.2", deaf = false }: SocketOptions,
    sent: (bytes: number) => void,
  ): Promise<RawSocket> {
    const socket = connect({ port, host: "127.0.0.1", localAddress: from, noDelay: true });
    if (deaf) socket.pause();
    try {
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error("Not connected in time")), CONNECT_MS);
        const done = () => clearTimeout(late);
        socket.once("connect", () => (done(), resolve()));
        socket.once("error", (error) => (done(), reject(error)));
        signal.addEventListener("abort", () => (done(), reject(new Error("The attack is over"))));
      });
    } catch (thrown) {
      socket.on("error", () => {});
      socket.destroy();
      throw thrown;
    }
    const raw = new RawSocket(socket, signal, sent);
    if (deaf) socket.pause();
    return raw;
  }

  /** Sends bytes; resolves when the system has taken them. @returns whether it goes on. */
  async write(bytes: Uint8Array | string): Promise<boolean> {
    const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    if (this.ended || this.#signal.aborted) return false;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#socket.off("close", done);
        resolve();
      };
      this.#socket.once("close", done);
      this.#socket.write(data, (error) => {
        if (!error) this.#sent(data.length);
        done();
      });
    });
    return !this.ended && !this.#signal.aborted;
  }

  /** What came, once it fits, or the connection has ended, or the attack is over. */
  async until(fits: (text: string) => boolean): Promise<string> {
    this.#socket.resume();
    while (true) {
      const text = this.text;
      if (fits(text) || this.ended || this.#signal.aborted || this.#keptBytes >= KEPT) return text;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  /** The first bytes that came. */
  get bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#keptBytes);
    let at = 0;
    for (const piece of this.#kept) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  /** The first bytes that came, as Latin-1. */
  get text(): string {
    return new TextDecoder("latin1").decode(this.bytes);
  }

  /** Ends it at once. */
  close(): void {
    this.ended = true;
    this.#socket.destroy();
    this.#wake?.();
  }
}
