/**
 * Reads one HTTP/1.1 response (RFC 9112) from a server that nobody vouches for. Everything that it
 * may send without end is bounded by bytes: heads, interim answers, chunk sizes and the body. Time
 * is the caller's to bound, by closing the connection.
 */
import { type HttpHead, parseHead, ResponseError } from "./http_head.ts";
import { GrowingBytes } from "./growing_bytes.ts";

/** Where bytes come from: `Deno.Conn`, for one. */
export interface ByteSource {
  /** Reads at least one byte into the buffer; null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

const KIB = 1024;
/** The final answer's status line and headers; Node's limit is 16 KiB. */
const HEAD_BYTES = 32 * KIB;
/** All interim answers (1xx) together. */
const INTERIM_BYTES = 8 * KIB;
/** The line before a chunk: its size and extensions. */
const CHUNK_LINE_BYTES = KIB;
/** Chunks' lines together may be as much as what is in the chunks, and this. */
const CHUNK_LINES_BYTES = 64 * KIB;
/** What is read at a time; more than any head. */
const BUFFER_BYTES = 64 * KIB;
const LF = 0x0a;
const CR = 0x0d;

/** One response on its way in: first its head, then its body. */
export class ResponseReader {
  readonly #source: ByteSource;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  /** What was read and not used yet. */
  #start = 0;
  #end = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /**
   * The head of the final answer; interim ones are passed over.
   * @throws {ResponseError} if it is no HTTP/1.1, too long, or the server wants another protocol.
   */
  async head(): Promise<HttpHead> {
    let interim = 0;
    while (true) {
      const bytes = await this.#headBytes();
      const head = parseHead(bytes);
      if (head.status === 101) throw new ResponseError("the server answered 101, unasked");
      if (head.status >= 200) return head;
      interim += bytes.length;
      if (interim > INTERIM_BYTES) throw new ResponseError("the server sends interim answers only");
    }
  }

  /**
   * The body after its head.
   * @throws {ResponseError} if it is broken, or larger than `maxBytes`.
   */
  async body(head: HttpHead, maxBytes: number): Promise<Uint8Array> {
    if (head.status === 204 || head.status === 304) return new Uint8Array(0);
    if (head.length !== undefined && head.length > maxBytes) throw tooLarge(maxBytes);
    const body = new GrowingBytes(maxBytes, () => tooLarge(maxBytes));
    if (head.chunked) await this.#chunks(body);
    else if (head.length !== undefined) await this.#take(body, head.length);
    else {
      do this.#move(body, this.#end - this.#start); while (await this.#fill());
    }
    return body.take();
  }

  async #headBytes(): Promise<Uint8Array> {
    let scanned = 0;
    while (true) {
      for (; this.#start + scanned < this.#end; scanned++) {
        if (this.#buffer[this.#start + scanned] !== LF || !this.#endsHead(scanned)) continue;
        const bytes = this.#buffer.subarray(this.#start, this.#start + scanned + 1);
        this.#start += bytes.length;
        return bytes;
      }
      if (scanned > HEAD_BYTES) throw new ResponseError("its headers are too long");
      if (!await this.#fill()) throw ended();
    }
  }

  /** Whether an empty line ends with the line feed at `at`. */
  #endsHead(at: number): boolean {
    const before = this.#start + at - 1;
    const end = this.#buffer[before] === CR ? before - 1 : before;
    return end >= this.#start && this.#buffer[end] === LF;
  }

  async #chunks(body: GrowingBytes): Promise<void> {
    let lines = 0;
    while (true) {
      const line = await this.#line();
      lines += line.length;
      if (lines > CHUNK_LINES_BYTES + body.length) {
        throw new ResponseError("its chunks are smaller than what is around them");
      }
      const size = /^([0-9a-f]{1,8})[ \t]*(?:;|$)/i.exec(line)?.[1];
      if (size === undefined) throw new ResponseError("its chunks are broken");
      const length = parseInt(size, 16);
      // What comes behind the last chunk is of no use; the connection is closed with it unread.
      if (length === 0) return;
      await this.#take(body, length);
      if (await this.#line() !== "") throw new ResponseError("its chunks are broken");
    }
  }

  /** A short line, without its end. */
  async #line(): Promise<string> {
    let scanned = 0;
    while (true) {
      const at = this.#buffer.subarray(this.#start + scanned, this.#end).indexOf(LF);
      const length = at < 0 ? this.#end - this.#start : scanned + at;
      if (length > CHUNK_LINE_BYTES) throw new ResponseError("its chunks are broken");
      if (at >= 0) {
        const line = this.#buffer.subarray(this.#start, this.#start + length);
        this.#start += length + 1;
        return String.fromCharCode(...line.at(-1) === CR ? line.subarray(0, -1) : line);
      }
      scanned = length;
      if (!await this.#fill()) throw ended();
    }
  }

  /** Moves exactly `length` bytes to the body. */
  async #take(body: GrowingBytes, length: number): Promise<void> {
    let left = length;
    while (left > 0) {
      if (this.#start === this.#end && !await this.#fill()) throw ended();
      const moved = Math.min(left, this.#end - this.#start);
      this.#move(body, moved);
      left -= moved;
    }
  }

  #move(body: GrowingBytes, length: number): void {
    body.append(this.#buffer.subarray(this.#start, this.#start + length));
    this.#start += length;
  }

  /** Reads more behind what is not used yet; false at the end of the connection. */
  async #fill(): Promise<boolean> {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    const read = await this.#source.read(this.#buffer.subarray(this.#end));
    this.#end += read ?? 0;
    return read !== null;
  }
}

function ended(): ResponseError {
  return new ResponseError("the connection broke before the end");
}

function tooLarge(maxBytes: number): ResponseError {
  return new ResponseError(`it is larger than ${maxBytes} bytes ('uri_max_bytes')`);
}
