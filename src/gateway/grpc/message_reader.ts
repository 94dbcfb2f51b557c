/**
 * Reads a call's messages off its HTTP/2 stream, one at a time and none that nobody asked for. Each
 * is bounded while it comes; what has come beyond it is counted too.
 */
import type { Buffer } from "node:buffer";
import type { ServerHttp2Stream } from "node:http2";
import { ClipError } from "../../errors.ts";
import type { Hold } from "../admission/held_bytes.ts";
import type { Peer, Receiving, Reception } from "../admission/receiving.ts";
import { MessageAssembly } from "./message_assembly.ts";

/** Bounds on what is read. */
export interface ReaderBounds {
  receiving: Receiving;
  /** Bound on a message, as sent and as unpacked. */
  maxMessageBytes: number;
}

/** A message that is here, as it was sent. */
export interface SentMessage {
  assembly: MessageAssembly;
  reception: Reception;
}

/**
 * A client that sends ahead in pieces smaller than this on average, and many of them, costs more
 * than what it sends, and is given up.
 */
const LEAST_PIECE_BYTES = 32;
const MANY_PIECES = 1024;

/** What is being waited for. */
type Want =
  & { reject: (reason: unknown) => void }
  & (
    | { kind: "message"; resolve: (message: SentMessage | undefined) => void }
    | { kind: "more"; resolve: (more: boolean) => void }
  );

/** The client's side of a call. */
export class MessageReader {
  readonly #stream: ServerHttp2Stream;
  readonly #peer: Peer;
  readonly #bounds: ReaderBounds;
  readonly #drop: (error: ClipError) => void;
  /** What has come and was not asked for: a stream's window at most. */
  readonly #ahead: Hold;
  /** The same, in bytes and pieces that the stream holds back. */
  #backBytes = 0;
  #backPieces = 0;
  readonly #pieces: Buffer[] = [];
  #assembly: MessageAssembly | undefined;
  #reception: Reception | undefined;
  #want: Want | undefined;
  #ended = false;
  #stopped: ClipError | undefined;

  /** @param drop is called if the call is to be given up for what it sends or does not send. */
  constructor(
    stream: ServerHttp2Stream,
    peer: Peer,
    bounds: ReaderBounds,
    drop: (error: ClipError) => void,
  ) {
    this.#stream = stream;
    this.#peer = peer;
    this.#bounds = bounds;
    this.#drop = drop;
    this.#ahead = bounds.receiving.hold();
  }

  /** Begins to count what comes, and to read when it is asked. */
  start(): void {
    const stream = this.#stream;
    stream.on("data", (piece: Buffer) => {
      if (this.#stopped) return;
      this.#backBytes -= piece.length;
      this.#backPieces--;
      this.#pieces.push(piece);
      this.#advance();
    });
    stream.on("end", () => {
      this.#ended = true;
      this.#advance();
    });
    stream.pause();
    this.#arrived(stream.readableLength);
    // The stream itself says nothing of what it holds back while it is paused.
    const push = stream.push;
    stream.push = (piece, encoding) => {
      this.#arrived(piece?.length ?? 0);
      return push.call(stream, piece, encoding);
    };
  }

  /**
   * A message is awaited from now on; without this it is from its first byte.
   * @throws {ClipError} "overloaded"; why the call has ended already.
   */
  expect(): void {
    if (this.#stopped) throw this.#stopped;
    this.#reception ??= this.#open();
  }

  /** The next message; undefined at the end. @throws {ClipError} "invalid", "too_large", "overloaded". */
  message(): Promise<SentMessage | undefined> {
    return new Promise((resolve, reject) => this.#ask({ kind: "message", resolve, reject }));
  }

  /** Whether anything follows, as soon as that is known. */
  more(): Promise<boolean> {
    return new Promise((resolve, reject) => this.#ask({ kind: "more", resolve, reject }));
  }

  /** Nothing more is read or held: what still comes is thrown away. */
  stop(reason: ClipError): void {
    if (this.#stopped) return;
    this.#stopped = reason;
    this.#pieces.length = 0;
    this.#ahead.release();
    this.#reception?.release();
    this.#want?.reject(reason);
    this.#want = undefined;
    this.#stream.resume();
  }

  #arrived(bytes: number): void {
    if (this.#stopped || bytes === 0) return;
    this.#backBytes += bytes;
    this.#backPieces++;
    try {
      if (
        this.#backPieces > MANY_PIECES &&
        this.#backBytes < LEAST_PIECE_BYTES * this.#backPieces
      ) {
        throw new ClipError("overloaded", "Messages come in pieces too small to be kept");
      }
      this.#ahead.grow(bytes);
    } catch (thrown) {
      this.#drop(ClipError.wrap(thrown));
    }
  }

  #open(): Reception {
    return this.#bounds.receiving.open(this.#peer, this.#drop);
  }

  #ask(want: Want): void {
    if (this.#stopped) return want.reject(this.#stopped);
    this.#want = want;
    this.#advance();
  }

  /** Goes on with what is wanted, as far as what has come allows. */
  #advance(): void {
    const want = this.#want;
    if (!want) return;
    try {
      const done = want.kind === "message" ? this.#fill() : this.#pieces.length > 0;
      if (!done && !this.#ended) {
        this.#stream.resume();
        return;
      }
      this.#stream.pause();
      this.#want = undefined;
      if (want.kind === "more") want.resolve(done);
      else want.resolve(done ? this.#handOut() : this.#end());
    } catch (thrown) {
      this.#want = undefined;
      want.reject(thrown);
    }
  }

  /** Whether a message is complete. */
  #fill(): boolean {
    for (;;) {
      const piece = this.#pieces[0];
      if (piece === undefined) return false;
      const assembly = this.#assembly ??= new MessageAssembly(this.#bounds.maxMessageBytes);
      const reception = this.#reception ??= this.#open();
      const used = assembly.take(piece);
      this.#ahead.shrink(used);
      reception.grow(used);
      reception.received(used);
      if (used < piece.length) this.#pieces[0] = piece.subarray(used);
      else this.#pieces.shift();
      if (assembly.complete) return true;
    }
  }

  #handOut(): SentMessage {
    const message = { assembly: this.#assembly!, reception: this.#reception! };
    this.#assembly = undefined;
    this.#reception = undefined;
    return message;
  }

  /** There is no message any more. */
  #end(): undefined {
    if (this.#assembly) throw new ClipError("invalid", "The call ended in the middle of a message");
    this.#reception?.release();
    this.#reception = undefined;
  }
}
