/** gRPC calls that send what they like, when they like. */
import type { Buffer } from "node:buffer";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";

/** A connection; `await using` ends it. */
export class CallClient {
  readonly session: ClientHttp2Session;

  /** @param url a gateway's, without TLS. @param windowBytes what each answer may hold ahead. */
  constructor(url: string, windowBytes?: number) {
    const settings = windowBytes === undefined ? {} : { initialWindowSize: windowBytes };
    this.session = connect(url.replace(/^grpc/, "http"), { settings });
    this.session.on("error", () => {});
  }

  /** Begins a call and sends nothing of it. */
  open(path: string, headers: Record<string, string> = {}): OpenCall {
    return new OpenCall(this.session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    }, { endStream: false }));
  }

  [Symbol.dispose](): void {
    this.session.destroy();
  }
}

/** A call that is open. */
export class OpenCall {
  readonly stream: ClientHttp2Stream;
  /** Its status and text, or the code of the reset that ended it. */
  readonly ended: Promise<{ status?: number; details?: string; reset?: number }>;
  /** All that was answered so far. */
  readonly answered: Buffer[] = [];

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream;
    stream.on("error", () => {});
    this.ended = new Promise((resolve) => {
      const told = (headers: Record<string, unknown>) => {
        if (headers["grpc-status"] === undefined) return;
        const details = decodeURI(String(headers["grpc-message"] ?? ""));
        resolve({ status: Number(headers["grpc-status"]), details });
      };
      stream.on("response", told);
      stream.on("trailers", told);
      stream.once("close", () => resolve({ reset: stream.rstCode ?? 0 }));
    });
  }

  /** Takes all answers from now on. */
  take(): this {
    this.stream.on("data", (piece: Buffer) => this.answered.push(piece));
    return this;
  }

  /** Sends bytes; resolves when they have left. */
  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.stream.write(bytes, () => resolve()));
  }
}
