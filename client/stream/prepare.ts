/** Contents of a batch, read all at a time. */
import type { Document } from "../../src/dialects/jina/document/document.ts";
import { type Reading, toDocument } from "../content/to_document.ts";
import type { Content } from "../document.ts";
import { ClipClientError } from "../errors.ts";
import type { Prepared } from "./outcome.ts";

/** Looks at a document before it is sent. @throws {ClipClientError} it would be refused. */
export type Check = (document: Document) => void;

/**
 * Makes documents of contents; what cannot be read is told at its item.
 * @param first index of the first one.
 * @throws the signal's reason.
 */
export async function prepare<T extends Content>(
  contents: readonly T[],
  first: number,
  reading: Reading,
  check: Check | undefined,
): Promise<Prepared<T>[]> {
  const items = contents.map((input, i) => one(input, first + i, reading, check));
  return items.some((item) => item instanceof Promise)
    ? await Promise.all(items)
    : items as Prepared<T>[];
}

function one<T extends Content>(
  input: T,
  index: number,
  reading: Reading,
  check: Check | undefined,
): Prepared<T> | Promise<Prepared<T>> {
  const done = (document: Document): Prepared<T> => {
    check?.(document);
    return { index, input, document };
  };
  const failed = (thrown: unknown): Prepared<T> => {
    if (thrown instanceof ClipClientError) return { index, input, error: thrown.of(index) };
    throw thrown;
  };
  try {
    const document = toDocument(input, reading);
    return document instanceof Promise ? document.then(done).catch(failed) : done(document);
  } catch (thrown) {
    return failed(thrown);
  }
}
