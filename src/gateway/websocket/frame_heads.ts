/**
 * Follows the frames of a WebSocket as their bytes come (RFC 6455, section 5.2), to know of a message
 * before it is whole. It checks nothing: what is wrong is for whoever reads the frames to say.
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

/** One connection's frames. */
export class FrameHeads {
  readonly #events: MessageEvents;
  readonly #head = new Uint8Array(MAX_HEAD_BYTES);
  #headBytes = 0;
  /** Bytes of the frame's payload that are to come; undefined in a head. */
  #left: number | undefined;
  #inMessage = false;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /**
   * Takes bytes as the client sent them, from an index on, to the end of a message if one ends there.
   * @returns the index behind what was taken.
   */
  take(bytes: Uint8Array, start = 0): number {
    let at = start;
    while (at < bytes.length) {
      const from = at;
      if (this.#left === undefined) {
        if (this.#headBytes === 0) this.#begin(bytes[at]!);
        this.#head[this.#headBytes++] = bytes[at++]!;
        this.#left = payloadLength(this.#head, this.#headBytes);
      } else {
        at += Math.min(this.#left, bytes.length - at);
        this.#left -= at - from;
      }
      if (this.#isData) this.#events.comes(at - from);
      if (this.#left === 0 && this.#end()) break;
    }
    return at;
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
  const short = head[1]! & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const maskBytes = head[1]! & 0x80 ? 4 : 0;
  if (bytes < 2 + lengthBytes + maskBytes) return undefined;
  if (lengthBytes === 0) return short;
  const view = new DataView(head.buffer);
  return lengthBytes === 2 ? view.getUint16(2) : Number(view.getBigUint64(2));
}
