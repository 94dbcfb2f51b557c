/** What the messages of one WebSocket hold, from the first byte of each until its answer is sent. */
import { ClipError } from "../../errors.ts";
import { type Hold, NO_HOLD } from "../admission/held_bytes.ts";
import type { Peer } from "../admission/peer.ts";
import type { Receiving, Reception } from "../admission/receiving.ts";
import { FrameHeads } from "./frame_heads.ts";

/** One connection's messages. */
export class Arriving {
  readonly #receiving: Receiving;
  readonly #peer: Peer;
  readonly #giveUp: (error: ClipError) => void;
  readonly #heads = new FrameHeads({
    begins: () => {
      this.#begun = true;
      this.#bytes = 0;
      this.#counted = 0;
    },
    comes: (bytes) => this.#bytes += bytes,
    ends: () => this.#guard(() => this.#complete()),
  });
  /** A message has begun that is not whole. */
  #begun = false;
  /** Its bytes so far, and how many of them are counted. */
  #bytes = 0;
  #counted = 0;
  /** Its reception: one that comes in one piece needs none. */
  #unfinished: Reception | undefined;
  /** Complete, and not yet handed out by whoever puts frames together. */
  readonly #whole: { hold: Hold; bytes: number }[] = [];
  /** Handed out, and not answered: in their order, which answers keep. */
  readonly #unanswered: Hold[] = [];
  #ended = false;

  /** @param giveUp is called once if the connection is to be ended because of what it sends. */
  constructor(receiving: Receiving, peer: Peer, giveUp: (error: ClipError) => void) {
    this.#receiving = receiving;
    this.#peer = peer;
    this.#giveUp = giveUp;
  }

  /**
   * Bytes have come, from an index on; they are taken to the end of a message if one ends there, and
   * unmasked in place.
   * @returns the index behind what was taken.
   */
  take(bytes: Uint8Array, from: number): number {
    if (!this.#begun) this.#bytes = 0;
    const at = this.#heads.take(bytes, from);
    if (this.#begun) this.#guard(() => this.#goOn());
    return at;
  }

  /** Whether so many bytes that come next are nothing but a message's payload. */
  arePayload(bytes: number): boolean {
    return this.#heads.arePayload(bytes);
  }

  /** Whether a message has begun to come that is not whole. */
  get inMessage(): boolean {
    return this.#begun;
  }

  /** Whether what was taken last was some of a message, whole or not. */
  get tookMessage(): boolean {
    return this.#bytes > 0;
  }

  /**
   * A message that is whole was handed out; it may have been packed.
   * @returns what it holds until it is answered.
   */
  message(length: number): Hold {
    const complete = this.#whole.shift();
    if (!complete) return NO_HOLD;
    const { hold, bytes } = complete;
    this.#unanswered.push(hold);
    if (length > bytes) this.#guard(() => hold.grow(length - bytes));
    return hold;
  }

  /** The answer to the oldest message that had none begins to be sent. */
  answered(): void {
    this.#unanswered.shift()?.release();
  }

  /** The server stops reading. */
  pause(): void {
    this.#unfinished?.pause();
  }

  /** The server reads on. */
  resume(): void {
    this.#unfinished?.resume();
  }

  /** Nothing is held any more, nor will be. */
  end(): void {
    this.#ended = true;
    this.#unfinished?.release();
    for (const { hold } of this.#whole) hold.release();
    for (const hold of this.#unanswered) hold.release();
  }

  /** A piece has come that ends within a message. */
  #goOn(): void {
    this.#unfinished ??= this.#receiving.open(this.#peer, (error) => this.#fail(error));
    const more = this.#bytes - this.#counted;
    this.#counted = this.#bytes;
    this.#unfinished.grow(more);
    this.#unfinished.received(more);
  }

  #complete(): void {
    const reception = this.#unfinished;
    this.#begun = false;
    this.#unfinished = undefined;
    reception?.complete();
    const hold = reception ?? this.#receiving.hold();
    this.#whole.push({ hold, bytes: this.#bytes });
    hold.grow(this.#bytes - this.#counted);
  }

  #guard(work: () => void): void {
    if (this.#ended) return;
    try {
      work();
    } catch (thrown) {
      this.#fail(ClipError.wrap(thrown));
    }
  }

  #fail(error: ClipError): void {
    if (this.#ended) return;
    this.end();
    this.#giveUp(error);
  }
}
