/** From documents to plain items and back: the step between Jina's world and the service's. */
import { ClipError } from "../../errors.ts";
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import type { EncodeResult } from "../../model/item.ts";
import type { RequestItem } from "../../service/item.ts";
import type { Document } from "./document/document.ts";
import { tensorToPixels } from "./document/tensor_pixels.ts";

/** Most documents that an error message names, and characters of their ids. */
const NAMED_DOCUMENTS = 5;
const SHOWN_OF_ID = 200;

/** What a document came to. */
export interface EmbeddedDocument {
  document: Document;
  /** float32 `[D]`, not normalised; or why there is none. */
  result: EncodeResult;
}

/** Whether there is something to embed. Documents without content get no embedding, and no error. */
export function hasContent(document: Document): boolean {
  return Boolean(
    document.text || document.blob?.length || document.tensor || document.uri ||
      document.unreadable,
  );
}

/** Whether a document with content is embedded as an image: text goes before everything else. */
export function isImage(document: Document): boolean {
  return !document.text;
}

/** Units of work of a document that is made an item. */
const ITEM_UNITS = 100;

/**
 * What is embedded of documents with content, in slices; of pictures, blob before tensor before uri.
 */
export function toItems(
  documents: readonly Document[],
  signal: AbortSignal,
): RequestItem[] | Promise<RequestItem[]> {
  return inSlices(function* (slices) {
    const items: RequestItem[] = [];
    for (const document of documents) {
      items.push(yield* toItem(document, slices));
      if (slices.spent(ITEM_UNITS)) yield;
    }
    return items;
  }, signal);
}

function* toItem(document: Document, slices: Slices): Sliced<RequestItem> {
  if (document.text) return { text: document.text };
  if (document.blob?.length) return { bytes: document.blob };
  if (document.tensor) {
    try {
      return { pixels: yield* tensorToPixels(document.tensor, slices) };
    } catch (thrown) {
      return ClipError.wrap(thrown, "document");
    }
  }
  if (document.uri) return { uri: document.uri };
  return new ClipError("document", document.unreadable!);
}

/**
 * Throws if some documents have no embedding.
 * @throws {ClipError} naming the documents at fault by id and index; of the worst kind among them.
 */
export function requireAll(embedded: readonly EmbeddedDocument[], all: readonly Document[]): void {
  const failures = embedded.filter(({ result }) => result instanceof ClipError);
  if (failures.length === 0) return;
  const lines = failures.slice(0, NAMED_DOCUMENTS).map(({ document, result }) => {
    // Of a few only: it looks through all of them.
    const index = all.indexOf(document);
    const id = document.id.slice(0, SHOWN_OF_ID).toWellFormed();
    return `document '${id}' (index ${index}): ${(result as ClipError).message}`;
  });
  const more = failures.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  const errors = failures.map(({ result }) => result as ClipError);
  const worst = errors.find((error) => error.kind !== "document") ?? errors[0]!;
  throw new ClipError(worst.kind, lines.join("; "), { name: worst.name });
}
