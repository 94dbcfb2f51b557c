/** Items on their way, and what became of them. */
import type { Document } from "../../src/dialects/jina/document/document.ts";
import type { ClipClientError } from "../errors.ts";

/** An item of the input, read: it has a document, or the reason for none. */
export interface Prepared<T> {
  /** Its place in the input, from 0. */
  index: number;
  input: T;
  document?: Document;
  error?: ClipClientError;
}

/** An item that was served: it has an answer, or the reason for none. */
export interface Outcome<T> extends Prepared<T> {
  answer?: Document;
}

/** Bytes that items hold, about. */
export function weightOf(items: readonly Prepared<unknown>[]): number {
  let bytes = 0;
  for (const { document } of items) if (document !== undefined) bytes += documentBytes(document);
  return bytes;
}

/** What a document takes beside its content. */
const DOCUMENT_BYTES = 500;

function documentBytes({ text, blob, tensor, embedding, matches, chunks }: Document): number {
  let bytes = DOCUMENT_BYTES + (text?.length ?? 0) + (blob?.length ?? 0) +
    (tensor?.buffer.length ?? 0) + (embedding?.buffer.length ?? 0);
  for (const inner of [...matches ?? [], ...chunks ?? []]) bytes += documentBytes(inner);
  return bytes;
}
