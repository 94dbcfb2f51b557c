/** A WebSocket as a stream of frames that is read only when somebody asks, and writes at the client's pace. */
import { Buffer } from "node:buffer";
import { nextTick } from "node:process";
import type { Duplex } from "node:stream";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { ClipError } from "../../errors.ts";
import type { Frame } from "../../exchange/websocket.ts";
import { afterPatience } from "../../patience.ts";
import type { Peer } from "../admission/peer.ts";
import { mayReadOn } from "../admission/read_turns.ts";
import type { Receiving } from "../admission/receiving.ts";
import { Arriving } from "./arriving.ts";
import { closeCode, shortenReason, WS_CLOSE } from "./close_code.ts";
import type { ClosablePort, HeldFrame } from "./serve_session.ts";
import { UnfinishedMessage } from "./unfinished_message.ts";

/** Silence after which a client is asked for a sign of life, and dropped after as much again. */
const PING_MS = 30_000;

/**
 * What is handed to the connection at one time, larger answers as fragments of one message: how fast
 * a client takes it is seen in steps of this.
 */
const SLICE_BYTES = 64 * 1024;

/** What a client may still send that has been told of the end: as much as may be on its way. */
const LINGER_BYTES = 4 * 2 ** 20;

/** How long a connection that is given up may take the reason. */
const LAST_WORD_MS = 1_000;

/** Where a connection comes from. */
export interface Wire {
  /** The connection below the WebSocket. */
  raw: Duplex;
  peer: Peer;
  receiving: Receiving;
}

/** A connection, from the server's side. */
export class WebSocketPort implements ClosablePort {
  readonly #socket: WebSocket;
  readonly #raw: Duplex;
  readonly #receiving: Receiving;
  readonly #arriving: Arriving;
  readonly #gone = new AbortController();
  readonly #pingMs: number;
  /** Ends the wait for the next look at whether the client is there. */
  #stopLooking = () => {};
  readonly #waiting: HeldFrame[] = [];
  #reader: ((frame: HeldFrame | undefined) => void) | undefined;
  /** Takes what has come from the connection: the package, which puts frames together. */
  readonly #frames: (bytes: Buffer) => void;
  /** Has come, and is not to be read yet. */
  #rest: Buffer[] = [];
  #paused = false;
  #feeding = false;
  /** The package has got the beginning of a message, and is to get its end. */
  #handedOn = false;
  readonly #unfinished = new UnfinishedMessage();
  /** What still comes is of no use. */
  #broken = false;
  #ended = false;
  /** Bytes of messages that came after the end. */
  #useless = 0;
  #silent = false;

  /** @param isEnd tells the frame with which a client ends its side. */
  constructor(
    socket: WebSocket,
    isEnd: (frame: Frame) => boolean,
    { raw, peer, receiving }: Wire,
    pingMs: number = PING_MS,
  ) {
    this.#socket = socket;
    this.#pingMs = pingMs;
    this.#raw = raw;
    this.#receiving = receiving;
    this.#arriving = new Arriving(receiving, peer, (error) => this.#giveUp(error));
    // Between the connection and the package, which keeps what it reads to itself until a message
    // is whole, and hands out every message of a packet once it has got it: thousands of small ones.
    const [frames] = raw.listeners("data") as [(bytes: Buffer) => void];
    this.#frames = frames.bind(raw);
    raw.on("data", (bytes: Buffer) => {
      // Who sends is alive, and cannot answer a ping in the middle of a large frame.
      this.#silent = false;
      this.#rest.push(bytes);
      this.#feed();
      if (!mayReadOn(bytes.length, goOn)) raw.pause();
    });
    const goOn = () => {
      // By the package, which may have stopped it too: it is still unpacking.
      if (!this.#paused && !this.#broken) socket.resume();
    };
    raw.off("data", frames);
    // Before the package's own: it would read on what it has no use for, into what was discarded.
    raw.prependOnceListener("close", () => {
      if (this.#broken) raw.read();
    });
    socket.binaryType = "nodebuffer";
    socket.on("message", (data: Buffer, binary: boolean) => {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const { length } = bytes;
      const hold = this.#arriving.message(length);
      const grow = (more: number) => hold.grow(more);
      this.#received({ bytes, text: !binary, length, grow }, isEnd);
    });
    socket.on("close", () => this.#leave());
    // The connection is closed with the right code by then; what is left is to know of it.
    socket.on("error", () => {
      this.#broken = true;
      this.#leave();
      // The package would read on and throw away whatever is still sent, as fast as it comes.
      nextTick(() => raw.pause());
      this.#endSoon();
    });
    socket.on("pong", () => this.#silent = false);
    this.#lookLater();
    this.#pause();
  }

  /** Fires when the client is gone. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** The next frame; undefined at the end. One at a time. */
  read(): Promise<HeldFrame | undefined> {
    const frame = this.#waiting.shift();
    if (frame || this.#ended || this.signal.aborted) return Promise.resolve(frame);
    return new Promise((resolve) => {
      this.#reader = resolve;
      this.#silent = false;
      this.#resume();
    });
  }

  /** Sends a frame; resolves when the connection has taken it, or there is none. */
  async write({ bytes, text }: Frame): Promise<void> {
    // From here on the answer is counted by itself.
    this.#arriving.answered();
    if (bytes.length <= SLICE_BYTES) await this.#send(bytes, text, true);
    else await this.#sendInSlices(bytes, text);
  }

  /** Ends the connection, telling why. */
  close(code: number, reason = ""): void {
    this.#ended = true;
    // The client's own close frame has to be read.
    this.#resume();
    this.#socket.close(code, shortenReason(reason));
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.#socket.terminate();
  }

  #received(frame: HeldFrame, isEnd: (frame: Frame) => boolean): void {
    if (this.#ended) return;
    if (isEnd(frame)) {
      this.#ended = true;
      // Nothing more is expected but the client's close, which is to be seen.
      this.#reader?.(undefined);
      this.#reader = undefined;
      return;
    }
    this.#pause();
    const reader = this.#reader;
    this.#reader = undefined;
    // What was being unpacked comes even though reading has stopped.
    if (reader) reader(frame);
    else this.#waiting.push(frame);
  }

  async #sendInSlices(bytes: Uint8Array, text: boolean): Promise<void> {
    const answer = this.#receiving.answer(bytes.length, (error) => this.#giveUp(error));
    try {
      for (let at = 0; at < bytes.length && !this.signal.aborted; at += SLICE_BYTES) {
        const slice = bytes.subarray(at, at + SLICE_BYTES);
        await this.#send(slice, text, at + slice.length === bytes.length);
        answer.received(slice.length);
      }
    } finally {
      answer.release();
    }
  }

  #send(bytes: Uint8Array, text: boolean, fin: boolean): Promise<void> {
    if (this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#socket.send(bytes, { binary: !text, fin }, () => resolve());
    });
  }

  /** Ends the connection because of how its client sends or takes: it is not waited for. */
  #giveUp({ kind, message }: ClipError): void {
    this.#ended = true;
    this.#broken = true;
    this.#pause();
    // What is packed may be at work in zlib.
    if (this.#socket.extensions === "") this.#unfinished.discard();
    this.#socket.close(
      kind === "deadline" ? WS_CLOSE.policy : closeCode(kind),
      shortenReason(message),
    );
    this.#raw.end(() => this.#socket.terminate());
    this.#endSoon();
  }

  /** Ends the connection whatever its client does. */
  #endSoon(): void {
    const last = setTimeout(() => this.#socket.terminate(), LAST_WORD_MS);
    if (this.#raw.destroyed) clearTimeout(last);
    else this.#raw.once("close", () => clearTimeout(last));
  }

  #pause(): void {
    this.#paused = true;
    this.#socket.pause();
    this.#arriving.pause();
  }

  #resume(): void {
    this.#paused = false;
    this.#arriving.resume();
    this.#feed();
    if (!this.#paused) this.#socket.resume();
  }

  /** Hands on what has come, a message at a time: each may be the last that is read for now. */
  #feed(): void {
    if (this.#feeding) return;
    this.#feeding = true;
    while (!this.#paused && this.#rest.length > 0) {
      const bytes = this.#rest[0]!;
      const payload = this.#arriving.arePayload(bytes.length);
      const end = this.#broken ? bytes.length : this.#arriving.take(bytes, 0);
      if (end < bytes.length) this.#rest[0] = bytes.subarray(end);
      else this.#rest.shift();
      if (this.#broken) continue;
      if (this.#ended && this.#arriving.tookMessage && !this.#handedOn) {
        // Nobody looks at it any more; the client's close may be behind it.
        this.#useless += end;
        if (this.#useless > LINGER_BYTES) this.#socket.terminate();
        continue;
      }
      this.#handedOn = this.#arriving.inMessage;
      if (!this.#handedOn) this.#unfinished.complete();
      else if (payload) this.#unfinished.add(bytes);
      this.#frames(bytes.subarray(0, end));
      // What it makes of it may be told in a moment only: errors, and what is unpacked.
      if (this.#rest.length > 0) nextTick(() => this.#feed());
      break;
    }
    this.#feeding = false;
  }

  #lookLater(): void {
    this.#stopLooking = afterPatience(this.#pingMs, () => this.#checkLife());
  }

  #checkLife(): void {
    this.#lookLater();
    // What is paused cannot answer.
    if (this.#socket.isPaused) return;
    if (this.#silent) return this.#socket.terminate();
    this.#silent = true;
    this.#socket.ping();
  }

  #leave(): void {
    this.#stopLooking();
    this.#arriving.end();
    this.#gone.abort(new ClipError("cancelled", "The client closed the connection"));
    this.#reader?.(undefined);
    this.#reader = undefined;
  }
}
