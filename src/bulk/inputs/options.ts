/** What the user may say of an input, beside where it is. */

import type { ObjectStores } from "../../storage/open_store.ts";

/** What a file is read as. */
export const INPUT_FORMATS = ["images", "text", "csv", "tsv", "jsonl", "parquet", "tar"] as const;

/** One of them. */
export type InputFormat = typeof INPUT_FORMATS[number];

/** Fetches what a URL stands for. @throws {ClipError} "document" with the reason. */
export type FetchUrl = (url: string, signal: AbortSignal) => Promise<Uint8Array>;

/** All of it has defaults. */
export interface InputOptions {
  /** What every file is read as; without it, what its ending says, or else its content. */
  format?: InputFormat | undefined;
  /**
   * The column with texts and the column with images: bytes, paths, URLs or `data:` URIs. Of tar
   * files: a member's ending (`txt`, `jpg`), or a field of the member `.json`. If one of the two is
   * named, only that is taken; if none is, columns that are called `text` and `image`, of tar files
   * the image and the caption.
   */
  text?: string | undefined;
  image?: string | undefined;
  /** What the path `-` stands for; standard input by default. */
  stdin?: ReadableStream<Uint8Array> | undefined;
  /** The largest image file that is read, bytes. */
  maxImageBytes?: number | undefined;
  /** Whether URLs in an input may lead to loopback and private addresses. */
  allowPrivateUris?: boolean | undefined;
  /** How buckets are reached; as the environment says by default. */
  openStores?: (() => Promise<ObjectStores>) | undefined;
  /** Fetches URLs instead of the project's own checked client. */
  fetchUrl?: FetchUrl | undefined;
}
