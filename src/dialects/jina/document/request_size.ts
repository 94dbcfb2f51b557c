/** How much one request may hold, counted while it is read: reading stops at the first excess. */
import { ClipError } from "../../../errors.ts";
import type { Grow } from "../../../exchange/message.ts";

/** What a name belongs to. */
export type FieldOwner = "request" | "document" | "parameters";

/** Hears of names that mean nothing. */
export interface FieldHearer {
  /**
   * A name came that is not among the known ones.
   * @returns why the request is refused, if it is.
   */
  met(owner: FieldOwner, name: string, known: Iterable<string>): string | undefined;
}

/** Hears of requests that would keep or find documents where nothing is kept. */
export interface UnstoredHearer {
  /** One has come. @param operation its endpoint's name. @param encoder the executor that served it. */
  met(operation: string, encoder: string): void;
}

/** Who hears of what a request means to no executor. */
export interface RequestHearers {
  /** See `strict_fields`. */
  fields?: FieldHearer | undefined;
  unstored?: UnstoredHearer | undefined;
}

/** What the flow says of one request. */
export interface RequestLimits extends RequestHearers {
  /** Documents, chunks and matches counted (`max_documents`). */
  maxDocuments: number;
  /** Other things that are kept: see `RequestSize.values` (`max_values`). */
  maxValues: number;
}

/** How a request is read, whatever it is written in. */
export interface ReadOptions {
  /** Default: no limits. */
  limits?: RequestLimits | undefined;
  /** Hears how many bytes of heap the request takes beyond its own, while it is read; may throw. */
  grow?: Grow | undefined;
  /** Ends the reading of a large request. */
  signal?: AbortSignal | undefined;
}

/** No bounds: for messages of one's own. */
export const NO_LIMITS: RequestLimits = { maxDocuments: Infinity, maxValues: Infinity };

/** Bytes of heap that a document takes beyond what was sent, about; measured. */
const BYTES_PER_DOCUMENT = 350;
/** The same, of a value in `tags` and the like. */
const BYTES_PER_VALUE = 100;

/** The same, of an array or of bytes that are no view. */
const BYTES_PER_ARRAY = 400;
/** The same, of a score, beside the value that it is. */
const BYTES_PER_SCORE = 150;

/** Weight that is told at a time, bytes. */
const TOLD_AT_A_TIME = 1 << 20;

/** What was read of one request. */
export class RequestSize {
  readonly #limits: RequestLimits;
  readonly #grow: Grow | undefined;
  readonly #toldAt: number;
  #documents = 0;
  #values = 0;
  /** Weight that was not told yet. */
  #untold = 0;

  /**
   * @param grow hears how many bytes of heap the decoded request takes beyond its own bytes, about,
   * while it is read; what it throws ends the reading.
   * @param small whether it is told when all is read: of a request that may have to be read anew.
   */
  constructor(limits: RequestLimits, grow?: Grow, small = false) {
    this.#limits = limits;
    this.#grow = grow;
    this.#toldAt = small ? Infinity : TOLD_AT_A_TIME;
  }

  /** Counts documents that are about to be read. @throws {ClipError} too_large. */
  documents(count: number): void {
    this.#documents += count;
    if (this.#documents > this.#limits.maxDocuments) {
      throw new ClipError(
        "too_large",
        `The request holds too many documents: ${this.#limits.maxDocuments} are allowed, chunks ` +
          "and matches counted ('max_documents')",
      );
    }
    this.weigh(count * BYTES_PER_DOCUMENT);
  }

  /**
   * Counts what is kept beside documents: entries of `tags`, `parameters`, `scores`, `location`,
   * `routes` and of objects and lists in them, and protobuf fields that this server does not know.
   * @throws {ClipError} too_large.
   */
  values(count: number): void {
    this.#values += count;
    if (this.#values > this.#limits.maxValues) {
      throw new ClipError(
        "too_large",
        `The request holds too many values: ${this.#limits.maxValues} are allowed in tags, ` +
          "parameters, scores, locations and unknown fields together ('max_values')",
      );
    }
    this.weigh(count * BYTES_PER_VALUE);
  }

  /** Counts an array that is kept, or bytes that are no view of the message. */
  array(): void {
    this.weigh(BYTES_PER_ARRAY);
  }

  /** Counts a score. @throws {ClipError} too_large. */
  score(): void {
    this.values(1);
    this.weigh(BYTES_PER_SCORE);
  }

  /** Counts bytes that are kept beside the body: a text, the bytes of a blob. */
  weigh(bytes: number): void {
    this.#untold += bytes;
    if (this.#untold >= this.#toldAt) this.#tell();
  }

  /** The request is read. */
  finish(): void {
    if (this.#untold > 0) this.#tell();
  }

  #tell(): void {
    this.#grow?.(this.#untold);
    this.#untold = 0;
  }
}
