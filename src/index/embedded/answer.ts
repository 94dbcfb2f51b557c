/** Documents as they are put into an answer, within its bytes. */
import { ClipError } from "../../errors.ts";
import type { Wanted } from "../engine.ts";
import type { Database } from "./database.ts";
import type { PackedDocuments } from "./packing.ts";

/** An answer beyond its bytes. */
export function tooLarge(maxBytes: number): ClipError {
  return new ClipError(
    "too_large",
    `The documents of the answer are larger than ${maxBytes} bytes: ask for fewer, or for ids ` +
      "alone (include_metadata: false)",
  );
}

/** Gathers the documents of one answer. */
export class Answer {
  readonly #wanted: Wanted;
  readonly #database: Database;
  readonly #ids: string[] = [];
  readonly #embeddings: Float32Array[] = [];
  readonly #documents: Uint8Array[] = [];
  #bytes = 0;

  constructor(wanted: Wanted, database: Database) {
    this.#wanted = wanted;
    this.#database = database;
  }

  /**
   * Takes a document.
   * @param known its embedding, if it has been read already.
   * @returns false if it is gone.
   * @throws {ClipError} "too_large".
   */
  add(key: number, id: string, known?: Float32Array): boolean {
    if (this.#wanted.documents) {
      const embedding = known ?? this.#database.embeddingOf(key);
      const document = this.#database.documentOf(key);
      if (!embedding || !document) return false;
      this.#bytes += embedding.byteLength + document.length;
      if (this.#bytes > this.#wanted.maxBytes) {
        throw tooLarge(this.#wanted.maxBytes);
      }
      this.#embeddings.push(embedding);
      this.#documents.push(document);
    }
    this.#ids.push(id);
    return true;
  }

  /** All that were taken, in that order. */
  pack(): PackedDocuments {
    const ids = this.#ids;
    if (!this.#wanted.documents || ids.length === 0) return { ids };
    const dimensions = this.#embeddings[0]!.length;
    const embeddings = new Float32Array(ids.length * dimensions);
    const documents = new Uint8Array(this.#documents.reduce((sum, one) => sum + one.length, 0));
    const ends: number[] = [];
    let end = 0;
    for (let i = 0; i < ids.length; i++) {
      embeddings.set(this.#embeddings[i]!, i * dimensions);
      documents.set(this.#documents[i]!, end);
      ends.push(end += this.#documents[i]!.length);
    }
    return { ids, embeddings, documents, ends };
  }
}
