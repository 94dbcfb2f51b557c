/** From documents to items and back: the step between the protocols' world and the engine's. */
import { ClipError } from "../../errors.ts";
import type { EncodeItem, EncodeResult } from "../../model/item.ts";
import type { Document } from "./document/document.ts";
import { tensorToPixels } from "./document/tensor_pixels.ts";
import type { Executor } from "../../service/executors.ts";
import type { UriLoader } from "../../service/uri/load_uri.ts";

/** Most documents that an error message names. */
const NAMED_DOCUMENTS = 5;

/** What a document came to. */
export interface EmbeddedDocument {
  document: Document;
  modality: "text" | "image";
  /** float32 `[D]`, not normalised; or why there is none. */
  result: EncodeResult;
}

/** Who asks, and for how long. */
export interface EmbedContext {
  signal: AbortSignal;
  flow?: object;
  wait?: boolean;
}

/**
 * Embeds documents. Text goes before everything else; of pictures, blob before tensor before uri.
 * Documents without content are left out of the result: they have no embedding, and no error.
 */
export async function embedDocuments(
  documents: readonly Document[],
  executor: Executor,
  uris: UriLoader,
  context: EmbedContext,
): Promise<EmbeddedDocument[]> {
  const withContent = documents.filter((document) => modalityOf(document) !== undefined);
  const items = await Promise.all(
    withContent.map((document) => toItem(document, uris, context.signal)),
  );
  const good = items.filter((item) => !(item instanceof ClipError)) as EncodeItem[];
  const results = await executor.encoder.encode(good, context);
  let next = 0;
  return withContent.map((document, i) => {
    const item = items[i]!;
    const result = item instanceof ClipError ? item : results[next++]!;
    return { document, modality: modalityOf(document)!, result };
  });
}

/**
 * Throws if some documents have no embedding.
 * @throws {ClipError} naming the documents at fault by id and index; of the worst kind among them.
 */
export function requireAll(embedded: readonly EmbeddedDocument[], all: readonly Document[]): void {
  const failures = embedded.filter(({ result }) => result instanceof ClipError);
  if (failures.length === 0) return;
  const lines = failures.slice(0, NAMED_DOCUMENTS).map(({ document, result }) => {
    const index = all.indexOf(document);
    return `document '${document.id}' (index ${index}): ${(result as ClipError).message}`;
  });
  const more = failures.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  const errors = failures.map(({ result }) => result as ClipError);
  const worst = errors.find((error) => error.kind !== "document") ?? errors[0]!;
  throw new ClipError(worst.kind, lines.join("; "), { name: worst.name });
}

function modalityOf(document: Document): "text" | "image" | undefined {
  if (document.text) return "text";
  if (document.blob?.length || document.tensor || document.uri) return "image";
  return undefined;
}

async function toItem(
  document: Document,
  uris: UriLoader,
  signal: AbortSignal,
): Promise<EncodeItem | ClipError> {
  try {
    if (document.text) return { modality: "text", text: document.text };
    if (document.blob?.length) return { modality: "image", bytes: document.blob };
    if (document.tensor) return { modality: "image", pixels: tensorToPixels(document.tensor) };
    return { modality: "image", bytes: await uris.load(document.uri!, signal) };
  } catch (thrown) {
    const error = ClipError.wrap(thrown, "document");
    if (error.kind === "document" || error.kind === "invalid") return error;
    throw error;
  }
}
