/** From what users give to documents of the wire. */
import type { Document } from "../../src/dialects/jina/document/document.ts";
import { embeddingToNdArray } from "../../src/dialects/jina/document/nd_array.ts";
import { type ClipDocument, type Content, type Pixels, PlainText } from "../document.ts";
import { ClipClientError, wordsOf } from "../errors.ts";
import { newId } from "../ids.ts";
import { pixelsToNdArray } from "./pixels.ts";
import { readUri } from "./read_uri.ts";
import { isDataUri, isWebUrl, namesImage } from "./string_kind.ts";

/** How contents are read. */
export interface Reading {
  signal: AbortSignal;
  /** Who fetches URLs of the web. */
  urls: "client" | "server";
}

/**
 * The document of a content, with all that it needs in it: at once if nothing is to be read.
 *
 * The habits are those of clip_client 0.8.3 (`Client._iter_doc`): a string that names an image is
 * an image, a document's `uri` is read into its `blob`.
 * @throws {ClipClientError} content: it cannot be read; usage: it is nothing that can be embedded.
 */
export function toDocument(content: Content, reading: Reading): Document | Promise<Document> {
  if (typeof content === "string") {
    return namesImage(content) ? ofUri(content, reading) : { id: newId(), text: content };
  }
  if (content instanceof PlainText) return { id: newId(), text: content.text };
  if (content instanceof Uint8Array) return { id: newId(), blob: content };
  if (content instanceof ArrayBuffer) return { id: newId(), blob: new Uint8Array(content) };
  if (content instanceof Blob) return ofBlob(content);
  if (content instanceof URL) return ofUri(content.href, reading);
  if (isPixels(content)) return { id: newId(), tensor: pixelsToNdArray(content) };
  if (isDocument(content)) return ofDocument(content, reading);
  throw new ClipClientError(
    "usage",
    `Cannot embed ${nameOf(content)}: give a string, bytes, a Blob, a URL, pixels or a document`,
  );
}

/** Whether it is a document, so that the answer is one too. */
export function isDocument(content: unknown): content is ClipDocument {
  if (typeof content !== "object" || content === null || isPixels(content)) return false;
  const prototype = Object.getPrototypeOf(content);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  return !Array.isArray(content);
}

function isPixels(content: unknown): content is Pixels {
  const { data, width, height } = Object(content) as Partial<Pixels>;
  return typeof width === "number" && typeof height === "number" &&
    (data instanceof Uint8Array || data instanceof Uint8ClampedArray);
}

async function ofUri(uri: string, reading: Reading): Promise<Document> {
  return { id: newId(), ...await contentOf(uri, reading) };
}

/** What a `uri` that is the content comes to. */
async function contentOf(uri: string, reading: Reading): Promise<Partial<Document>> {
  if (reading.urls === "server" && isWebUrl(uri)) return { uri };
  return { blob: await readUri(uri, reading.signal), ...placeOf(uri) };
}

async function ofBlob(blob: Blob): Promise<Document> {
  return { id: newId(), blob: await bytesOf(blob) };
}

/** A `File` of a page, for one, may have been moved or changed since it was chosen. */
async function bytesOf(blob: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    const name = blob instanceof File ? `the file ${blob.name}` : "a Blob";
    throw new ClipClientError("content", `Cannot read ${name}: ${wordsOf(cause)}`, { cause });
  }
}

/** Where the bytes came from; of a `data:` URI, which holds them, only what they are. */
function placeOf(uri: string): Partial<Document> {
  if (!isDataUri(uri)) return { uri };
  const type = /^data:([^,;]+)/i.exec(uri.slice(0, MAX_TYPE))?.[1];
  return type === undefined ? {} : { mimeType: type };
}

const MAX_TYPE = 128;

async function ofDocument(given: ClipDocument, reading: Reading): Promise<Document> {
  const document: Document = { id: given.id ?? newId() };
  await setContent(document, given, reading);
  if (given.mimeType !== undefined) document.mimeType = given.mimeType;
  if (given.tags !== undefined) document.tags = given.tags;
  if (given.weight !== undefined) document.weight = given.weight;
  if (given.modality !== undefined) document.modality = given.modality;
  if (given.parentId !== undefined) document.parentId = given.parentId;
  if (given.matches !== undefined) {
    document.matches = await inside(given.matches, reading, { adjacency: 1 });
  }
  if (given.chunks !== undefined) {
    document.chunks = await inside(given.chunks, reading, { granularity: 1 });
  }
  return document;
}

/** A text goes before bytes, these before pixels; only then the `uri` is read, or an embedding sent. */
async function setContent(
  document: Document,
  { text, blob, tensor, uri, embedding }: ClipDocument,
  reading: Reading,
): Promise<void> {
  if (text !== undefined) document.text = text;
  else if (blob instanceof Blob) document.blob = await bytesOf(blob);
  else if (blob !== undefined) {
    document.blob = blob instanceof ArrayBuffer ? new Uint8Array(blob) : blob;
  } else if (tensor !== undefined) document.tensor = pixelsToNdArray(tensor);
  else if (uri !== undefined) {
    return void Object.assign(document, await contentOf(uri, reading));
  } else if (embedding !== undefined) document.embedding = embeddingToNdArray(embedding);
  // Beside another content it stands for itself: a small picture of it, for one.
  if (uri !== undefined) document.uri = uri;
}

async function inside(
  contents: Iterable<Content>,
  reading: Reading,
  place: Partial<Document>,
): Promise<Document[]> {
  if (typeof contents === "string") {
    throw new ClipClientError("usage", "'matches' and 'chunks' are lists, not a string");
  }
  return await Promise.all(
    Array.from(contents, async (content) => ({ ...await toDocument(content, reading), ...place })),
  );
}

function nameOf(content: unknown): string {
  if (typeof content === "object" && content !== null) {
    return `an object of ${content.constructor?.name ?? "no class"}`;
  }
  return content === null ? "null" : `a value of type ${typeof content}`;
}
