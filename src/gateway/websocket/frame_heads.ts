/**
 * Follows the frames of a WebSocket as their bytes come (RFC 6455, section 5.2), to know of a message
 * before it is whole. It checks nothing: what is wrong is for whoever reads the frames to say.
 *
 * It takes the masks off, in place, as the bytes come, and leaves masks of zeros, which take nothing:
 * the `ws` package would do that for a whole frame at one go, a millisecond for each megabyte.
 */

/** What is told of messages; control frames are none. */
export interface MessageEvents {
  /** The first byte of a message has come. */
  begins(): void;
  /** So many more bytes of it have come, heads of frames included. */
  comes(bytes: number): void;
  /** Its last byte has come. */
  ends(): void;
}

/** The longest head: two bytes, eight of length, four of mask. */
const MAX_HEAD_BYTES = 14;

/** A mask as a word, in this machine's order. */
const MASK = new Uint32Array(1);
const MASK_BYTES = new Uint8Array(MASK.buffer);

/** One connection's frames. */
export class FrameHeads {
  readonly #events: MessageEvents;
  readonly #head = new Uint8Array(MAX_HEAD_BYTES);
  #headBytes = 0;
  /** Bytes of the frame's payload that are to come; undefined in a head. */
  #left: number | undefined;
  /** Bytes of the frame's payload that have come. */
  #unmasked = 0;
  #inMessage = false;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** Whether so many bytes that come next are nothing but a message's payload. */
  arePayload(bytes: number): boolean {
    return this.#left !== undefined && this.#left >= bytes && this.#isData;
  }

  /**
   * Takes bytes as the client sent them, from an index on, to the end of a message if one ends there,
   * and unmasks them.
   * @returns the index behind what was taken.
   */
  take(bytes: Uint8Array, start = 0): number {
    let at = start;
    while (at < bytes.length) {
      const from = at;
      if (this.#left === undefined) {
        if (this.#headBytes === 0) this.#begin(bytes[at]!);
        const index = this.#headBytes++;
        this.#head[index] = bytes[at]!;
        this.#left = payloadLength(this.#head, this.#headBytes);
        if (index >= 2 + lengthBytes(this.#head)) bytes[at] = 0;
        at++;
      } else {
        at += Math.min(this.#left, bytes.length - at);
        this.#left -= at - from;
        this.#unmask(bytes, from, at);
      }
      if (this.#isData) this.#events.comes(at - from);
      if (this.#left === 0 && this.#end()) break;
    }
    return at;
  }

  /** @param from place of bytes of the payload, `to` their end. */
  #unmask(bytes: Uint8Array, from: number, to: number): void {
    const head = this.#head;
    if ((head[1]! & 0x80) === 0) return;
    const mask = this.#headBytes - 4;
    let turn = this.#unmasked & 3;
    let at = from;
    const one = () => {
      bytes[at++]! ^= head[mask + turn]!;
      turn = (turn + 1) & 3;
    };
    // Four at a time where they are a word: several times as fast.
    while (at < to && ((bytes.byteOffset + at) & 3) !== 0) one();
    const words = new Uint32Array(bytes.buffer, (bytes.byteOffset + at) & ~3, (to - at) >> 2);
    for (let i = 0; i < 4; i++) MASK_BYTES[i] = head[mask + ((turn + i) & 3)]!;
    const word = MASK[0]!;
    for (let i = 0; i < words.length; i++) words[i]! ^= word;
    at += 4 * words.length;
    while (at < to) one();
    this.#unmasked += to - from;
  }

  #begin(first: number): void {
    if (this.#inMessage || isControl(first)) return;
    this.#inMessage = true;
    this.#events.begins();
  }

  /** A frame is over. @returns whether its message is. */
  #end(): boolean {
    const last = this.#isData && (this.#head[0]! & 0x80) !== 0;
    this.#headBytes = 0;
    this.#unmasked = 0;
    this.#left = undefined;
    if (!last) return false;
    this.#inMessage = false;
    this.#events.ends();
    return true;
  }

  get #isData(): boolean {
    return !isControl(this.#head[0]!);
  }
}

function isControl(first: number): boolean {
  return (first & 0x08) !== 0;
}

/** The payload's length once the head is whole. */
function payloadLength(head: Uint8Array, bytes: number): number | undefined {
  if (bytes < 2) return undefined;
  const more = lengthBytes(head);
  const maskBytes = head[1]! & 0x80 ? 4 : 0;
  if (bytes < 2 + more + maskBytes) return undefined;
  if (more === 0) return head[1]! & 0x7f;
  const view = new DataView(head.buffer);
  return more === 2 ? view.getUint16(2) : Number(view.getBigUint64(2));
}

/** Bytes of the payload's length that follow the first two. */
function lengthBytes(head: Uint8Array): number {
  const short = head[1]! & 0x7f;
  return short === 127 ? 8 : short === 126 ? 2 : 0;
}
