/** What the messages of one WebSocket hold, from the first byte of each until its answer is taken. */
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
    begins: () => this.#open(),
    comes: (bytes) => this.#grow(bytes),
    ends: () => this.#complete(),
  });
  #unfinished: Reception | undefined;
  /** Of the unfinished one. */
  #bytes = 0;
  /** Complete, and not yet handed out by whoever puts frames together. */
  readonly #whole: { reception: Reception; bytes: number }[] = [];
  /** Handed out, and not answered: in their order, which answers keep. */
  readonly #unanswered: Reception[] = [];
  #ended = false;

  /** @param giveUp is called once if the connection is to be ended because of what it sends. */
  constructor(receiving: Receiving, peer: Peer, giveUp: (error: ClipError) => void) {
    this.#receiving = receiving;
    this.#peer = peer;
    this.#giveUp = giveUp;
  }

  /** Bytes have come. They are unmasked in place. */
  take(bytes: Uint8Array): void {
    this.#heads.take(bytes);
  }

  /**
   * A message that is whole was handed out; it may have been packed.
   * @returns what it holds until it is answered.
   */
  message(length: number): Hold {
    const complete = this.#whole.shift();
    if (!complete) return NO_HOLD;
    const { reception, bytes } = complete;
    this.#unanswered.push(reception);
    if (length > bytes) this.#guard(() => reception.grow(length - bytes));
    return reception;
  }

  /** The answer to the oldest message that had none was taken. */
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
    for (const { reception } of this.#whole) reception.release();
    for (const reception of this.#unanswered) reception.release();
  }

  #open(): void {
    this.#bytes = 0;
    this.#guard(() => {
      this.#unfinished = this.#receiving.open(this.#peer, (error) => this.#fail(error));
    });
  }

  #grow(bytes: number): void {
    this.#bytes += bytes;
    this.#guard(() => {
      this.#unfinished?.grow(bytes);
      this.#unfinished?.received(bytes);
    });
  }

  #complete(): void {
    const reception = this.#unfinished;
    if (!reception) return;
    this.#unfinished = undefined;
    reception.complete();
    this.#whole.push({ reception, bytes: this.#bytes });
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
