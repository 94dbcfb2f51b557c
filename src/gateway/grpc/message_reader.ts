/**
 * Reads a call's messages off its HTTP/2 stream, one at a time and none that nobody asked for. Each
 * is bounded while it comes; what has come beyond it is counted too.
 */
import { Buffer } from "node:buffer";
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
 * What a client sends ahead in more pieces than this is put together, unless they are large: a piece
 * costs some hundred bytes, whatever is in it.
 */
const FEW_PIECES = 64;
const SMALL_PIECE_BYTES = 2 ** 12;
/** Where small pieces are put together. */
const SLAB_BYTES = 2 ** 14;

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
  /** Pieces that the stream holds back. */
  #backPieces = 0;
  /** Small pieces that it has not been given yet, and how much of the slab they fill. */
  #slab: Buffer | undefined;
  #gathered = 0;
  readonly #pieces: Buffer[] = [];
  #assembly: MessageAssembly | undefined;
  #reception: Reception | undefined;
  #want: Want | undefined;
  #push: (piece: Buffer | null) => boolean = () => false;
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
      this.#backPieces--;
      this.#pieces.push(piece);
      this.#advance();
    });
    stream.on("end", () => {
      this.#ended = true;
      this.#advance();
    });
    stream.pause();
    if (stream.readableLength > 0) this.#arrived(stream.readableLength);
    // The stream itself says nothing of what it holds back while it is paused.
    this.#push = stream.push.bind(stream);
    stream.push = (piece) => this.#take(piece);
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
    this.#slab = undefined;
    this.#gathered = 0;
    this.#ahead.release();
    this.#reception?.release();
    this.#want?.reject(reason);
    this.#want = undefined;
    this.#stream.resume();
  }

  /** Gives the stream what has come for it, or keeps it for a piece of some size. */
  #take(piece: Buffer | null): boolean {
    if (piece && !this.#stopped) this.#arrived(piece.length);
    if (this.#stopped) return this.#push(piece);
    if (piece) {
      const few = this.#want !== undefined || this.#backPieces < FEW_PIECES;
      if (!few && piece.length < SMALL_PIECE_BYTES) return this.#gather(piece);
    }
    this.#flush();
    if (piece) {
      this.#backPieces++;
    } else if (this.#stream.closed) {
      // Reset without an error: the stream itself says so only when all of it has been read.
      this.#drop(new ClipError("cancelled", "The client cancelled the call"));
    }
    return this.#push(piece);
  }

  #gather(piece: Buffer): boolean {
    let more = true;
    if (this.#gathered + piece.length > SLAB_BYTES) more = this.#flush();
    this.#slab ??= Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.#slab.set(piece, this.#gathered);
    this.#gathered += piece.length;
    return more;
  }

  /** Gives the stream what was gathered; whether it wants more. */
  #flush(): boolean {
    if (this.#gathered === 0) return true;
    const piece = Buffer.from(this.#slab!.subarray(0, this.#gathered));
    this.#gathered = 0;
    this.#backPieces++;
    return this.#push(piece);
  }

  #arrived(bytes: number): void {
    try {
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
        this.#flush();
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
