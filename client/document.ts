/** Documents as users give and get them. */
import type { ClipClientError } from "./errors.ts";

/** A JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object: tags and parameters. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Pixels, as `ImageData` of a canvas has them, or with fewer channels. */
export interface Pixels {
  /** Row by row from the top, channels of a pixel side by side: `[height, width, channels]`. */
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
  /** 1 (grey), 3 (RGB) or 4 (RGBA); if it is not given it follows from the length of `data`. */
  channels?: 1 | 3 | 4;
}

/** A text that is one, whatever it looks like: see `plainText`. */
export class PlainText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The words. */
  get text(): string {
    return this.#text;
  }
}

/**
 * Says that a string is a text, also if it names an image file, a URL of one, or is a `data:` URI:
 * `client.encode([plainText("logo.png")])` embeds the words.
 */
export function plainText(text: string): PlainText {
  return new PlainText(text);
}

/** What can be embedded, beside documents. */
export type Item = string | PlainText | Uint8Array | ArrayBuffer | Blob | URL | Pixels;

/**
 * A document: one of `text`, `blob`, `tensor` and `uri` is its content; or it has an `embedding`
 * already, by which it is kept and found as it stands.
 */
export interface ClipDocument {
  /** Default: a new one. */
  id?: string;
  text?: string;
  /** The bytes of an image file. */
  blob?: Uint8Array | ArrayBuffer | Blob;
  tensor?: Pixels;
  /** A path, a URL or a `data:` URI of an image: read by the client, unless a `blob` is there. */
  uri?: string;
  /** Sent where there is no content. */
  embedding?: Float32Array;
  mimeType?: string;
  tags?: JsonObject;
  /** What is ranked, or documents inside for `parameters.access_paths`. */
  matches?: Iterable<Content>;
  chunks?: Iterable<Content>;
  weight?: number;
  modality?: string;
  parentId?: string;
}

/** What can be embedded. */
export type Content = Item | ClipDocument;

/** Many of them: an array, anything that can be iterated over, or a stream. */
export type Contents<T extends Content = Content> =
  | Iterable<T>
  | AsyncIterable<T>
  | ReadableStream<T>;

/** A score of a match: `clip_score`, `clip_score_cosine`, or the metric of an index. */
export interface Score {
  value: number;
  opName?: string;
  description?: string;
  refId?: string;
}

/** A document of an answer. */
export interface ResultDocument {
  id: string;
  text?: string;
  blob?: Uint8Array;
  uri?: string;
  mimeType?: string;
  tags?: JsonObject;
  weight?: number;
  modality?: string;
  parentId?: string;
  /** float32, as the model gives it: not of unit length unless `parameters.normalize` asks. */
  embedding?: Float32Array;
  matches?: ResultDocument[];
  chunks?: ResultDocument[];
  scores?: Record<string, Score>;
  /** Why it was not served; only with `itemErrors: "return"`. */
  error?: ClipClientError;
}
