/**
 * One call of a gRPC client, read and written message by message on its HTTP/2 stream
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
 *
 * Not by grpc-js, whose server unpacks what it is given up to the largest message whatever was sent,
 * puts large messages together in one go, and does not tell what is on its way.
 */
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { ClipError } from "../../errors.ts";
import type { Peer } from "../admission/receiving.ts";
import type { KeyHolder } from "../keys/api_keys.ts";
import { callTimeoutMs } from "./call_timeout.ts";
import { type AnswerPacking, frameMessage } from "./compression.ts";
import { IncomingMessage } from "./incoming_message.ts";
import { join } from "./message_assembly.ts";
import { MessageReader, type ReaderBounds, type SentMessage } from "./message_reader.ts";
import { grpcStatus, status } from "./status.ts";
import { ACCEPTED_CODINGS, unpack } from "./unpack.ts";

const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_NO_ERROR } = constants;

/** Longest text of a status, in UTF-16 units; each may take nine bytes on the wire. */
const MAX_DETAILS = 600;

/** Timers count milliseconds in 31 bits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Answers are given to the session in slices, each when the one before is taken. What a client takes
 * is seen in steps of it: who takes slowly gets small ones, or would seem to take nothing.
 */
const SLICE_BYTES = 2 ** 18;
const FIRST_SLICE_BYTES = 2 ** 16;
const LEAST_SLICE_BYTES = 2 ** 14;
/** How long a slice is to take. */
const SLICE_MS = 200;

/** Once a call is answered its client may go on sending for so long. */
const FAREWELL_MS = 5000;

/** Serves a call; what it throws becomes the call's status. */
export type GrpcHandler = (call: GrpcCall) => Promise<void>;

/** What bounds a call and how it is answered. */
export interface CallOptions extends ReaderBounds {
  /** What a message of so many bytes may unpack to. */
  maxUnpacked: (sentBytes: number) => number;
  /** How answers are packed, for a client that reads it. */
  packing: AnswerPacking | undefined;
}

/** A call, from the server's side. */
export class GrpcCall {
  /** Who sends. */
  readonly peer: Peer;
  /** Who has the API key that it came with, once the server knows. */
  holder: KeyHolder | undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #options: CallOptions;
  readonly #packing: AnswerPacking | undefined;
  readonly #gone = new AbortController();
  readonly #reader: MessageReader;
  /** Messages that have been read and are not answered. */
  readonly #held = new Set<IncomingMessage>();
  #deadline: ReturnType<typeof setTimeout> | undefined;
  /** Set while a slice of an answer waits for the client to take it. */
  #written: (() => void) | undefined;
  #ended = false;
  #served = false;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    peer: Peer,
    options: CallOptions,
  ) {
    this.peer = peer;
    this.#stream = stream;
    this.#headers = headers;
    this.#options = options;
    this.#packing = options.packing?.readBy(this.header("grpc-accept-encoding") ?? "")
      ? options.packing
      : undefined;
    this.#reader = new MessageReader(stream, peer, options, (error) => this.#giveUp(error));
    // It has its "close" as well, and there is nobody to tell.
    stream.on("error", () => {});
    stream.once("close", () => {
      this.#ended = true;
      if (!this.#served) this.#leave(new ClipError("cancelled", "The client cancelled the call"));
    });
    this.#reader.start();
  }

  /** Fires when the client is gone, its deadline has passed or it is given up. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** The method's full path. */
  get path(): string {
    return this.header(":path") ?? "";
  }

  /** The name of its API key. */
  get key(): string | undefined {
    return this.holder?.name;
  }

  /** What the client sent along under a name, `authorization` for one. */
  header(name: string): string | undefined {
    return this.#headers[name]?.toString();
  }

  /** Serves the call to its end; never rejects. */
  async serve(handler: GrpcHandler): Promise<void> {
    try {
      this.#startDeadline();
      await handler(this);
      this.end();
    } catch (thrown) {
      const error = ClipError.wrap(thrown, "model");
      this.end(grpcStatus(error), error.message);
    } finally {
      this.#served = true;
      clearTimeout(this.#deadline);
      this.#reader.stop(SERVED);
      for (const message of this.#held) message.release();
    }
  }

  /**
   * The next message of a stream; undefined at the end. One at a time.
   * @throws {ClipError} the signal's reason; or what is wrong with the message.
   */
  async read(): Promise<IncomingMessage | undefined> {
    const sent = await this.#reader.message();
    return sent && await this.#open(sent);
  }

  /**
   * The only message of a unary call.
   * @throws {ClipError} as `read`; "invalid": there is none, or one too many.
   */
  async readOnly(): Promise<IncomingMessage> {
    this.#reader.expect();
    const sent = await this.#reader.message();
    if (sent === undefined) throw new ClipError("invalid", "The call has no request message");
    try {
      if (await this.#reader.more()) {
        throw new ClipError("invalid", "The call has more than one request message");
      }
    } catch (thrown) {
      sent.reception.release();
      throw thrown;
    }
    return await this.#open(sent);
  }

  /** Sends a message; resolves when the client's window has taken it, or there is no client. */
  async write(message: Uint8Array): Promise<void> {
    const packed = await this.#packing?.pack(message);
    if (this.signal.aborted) return;
    let sliceBytes = FIRST_SLICE_BYTES;
    let sent = 0;
    const pieces = frameMessage(packed ?? message, packed !== undefined, () => sliceBytes);
    // For what it takes, and how slowly, nothing can be told to it any more.
    const transfer = this.#options.receiving.answer(message.length, () => this.#reset());
    try {
      this.#respond();
      for (const piece of pieces) {
        const began = performance.now();
        await this.#send(piece);
        if (this.signal.aborted) return;
        sent += piece.length;
        sliceBytes = nextSlice(piece.length, performance.now() - began, sent);
        transfer.received(piece.length);
      }
    } finally {
      transfer.release();
    }
  }

  /** Ends the call, once. @param details are cut to what fits into clients' limit on trailers. */
  end(code: number = status.OK, details = ""): void {
    if (this.#ended) return;
    this.#ended = true;
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    try {
      this.#sendStatus({
        "grpc-status": code,
        // C-core's limit is 8 KiB, of the text as it is escaped.
        "grpc-message": encodeURI(details.slice(0, MAX_DETAILS).toWellFormed()),
      });
    } catch {
      // It has ended meanwhile. Timers come here too, and have nobody to tell.
      stream.destroy();
    }
    if (!stream.readableEnded && !stream.destroyed) this.#expectEnd();
  }

  #sendStatus(trailers: Record<string, string | number>): void {
    const stream = this.#stream;
    if (!stream.headersSent) {
      return stream.respond({ ...RESPONSE_HEADERS, ...trailers }, { endStream: true });
    }
    stream.once("wantTrailers", () => {
      if (!stream.destroyed && !stream.closed) stream.sendTrailers(trailers);
    });
    stream.end();
  }

  async #open({ assembly, reception }: SentMessage): Promise<IncomingMessage> {
    reception.complete();
    const message = new IncomingMessage(reception, () => this.#held.delete(message));
    this.#held.add(message);
    const { length, pieces } = assembly;
    if (assembly.packed) {
      const coding = this.header("grpc-encoding") ?? "identity";
      const most = this.#options.maxUnpacked(length);
      message.bytes = await unpack(pieces, coding, most, reception);
      reception.shrink(length);
    } else {
      message.bytes = await join(pieces, length);
    }
    if (this.signal.aborted) throw this.signal.reason;
    return message;
  }

  #respond(): void {
    const stream = this.#stream;
    if (stream.headersSent) return;
    const headers = { ...RESPONSE_HEADERS, "grpc-encoding": this.#packing?.name ?? "identity" };
    stream.respond(headers, { waitForTrailers: true });
  }

  #send(piece: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      const taken = () => {
        this.#written = undefined;
        resolve();
      };
      this.#written = taken;
      this.#stream.write(piece, taken);
    });
  }

  #startDeadline(): void {
    const ms = callTimeoutMs(this.header("grpc-timeout"));
    if (ms > MAX_TIMER_MS) return;
    this.#deadline = setTimeout(
      () => this.#giveUp(new ClipError("deadline", "The client's deadline has passed")),
      ms,
    );
  }

  /** Tells the client at once; the work hears it by the signal. */
  #giveUp(error: ClipError): void {
    if (this.#written) return this.#reset(error);
    this.end(grpcStatus(error), error.message);
    this.#leave(error);
  }

  /** Ends the stream without a word, which would have to wait behind an answer. */
  #reset(error = new ClipError("deadline", "The client does not take its answer")): void {
    this.#ended = true;
    if (!this.#stream.destroyed && !this.#stream.closed) {
      const overloaded = error.kind === "overloaded";
      // Clients read RESOURCE_EXHAUSTED and CANCELLED of them.
      this.#stream.close(overloaded ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_CANCEL);
    }
    this.#leave(error);
  }

  #leave(reason: ClipError): void {
    clearTimeout(this.#deadline);
    this.#gone.abort(reason);
    this.#reader.stop(reason);
    this.#written?.();
  }

  /** The client has its answer: what it still sends is not waited for for ever. */
  #expectEnd(): void {
    const stream = this.#stream;
    const patience = setTimeout(() => stream.close(NGHTTP2_NO_ERROR), FAREWELL_MS);
    stream.once("end", () => clearTimeout(patience));
    stream.once("close", () => clearTimeout(patience));
  }
}

/**
 * What a client is likely to take in `SLICE_MS` that took so many bytes in so many milliseconds; no
 * more than half of all that was sent, as the first of it goes into empty buffers.
 */
function nextSlice(bytes: number, ms: number, sent: number): number {
  const size = Math.min(SLICE_BYTES, bytes * SLICE_MS / Math.max(ms, 1), sent / 2);
  return Math.max(LEAST_SLICE_BYTES, Math.round(size));
}

/** One for all, since nobody is told: errors are dear. */
const SERVED = new ClipError("cancelled", "The call has ended");

const RESPONSE_HEADERS = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": ACCEPTED_CODINGS,
};
