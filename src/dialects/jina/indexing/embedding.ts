/** Embeddings that documents bring with them, or have from their encoder. */
import { ClipError } from "../../../errors.ts";
import type { Document, NdArray } from "../document/document.ts";
import { elementCount, readNumbers } from "../document/nd_array.ts";
import { hasContent } from "../document_items.ts";

/**
 * A document's embedding.
 * @param dimensions how many numbers it must have, in one row (`[D]`, `[1, D]`), of any type.
 * @param encoded whether the document has been before an encoder.
 * @returns float32 `[D]`, finite, which may be a view of the document's own; or, as "document", what is wrong.
 */
export function readEmbedding(
  document: Document,
  dimensions: number,
  encoded: boolean,
): Float32Array | ClipError {
  const { embedding } = document;
  if (embedding === undefined || isEmpty(embedding)) return missing(document, encoded);
  const { shape } = embedding;
  if (embedding.sparse === undefined) {
    const rows = elementCount(shape.slice(0, -1));
    if (shape.length === 0 || rows !== 1 || shape.at(-1) !== dimensions) {
      return fault(
        `its embedding has the shape [${
          shape.slice(0, 8).join(", ")
        }], where [${dimensions}] is kept`,
      );
    }
  }
  let numbers: ReturnType<typeof readNumbers>;
  try {
    numbers = readNumbers(embedding);
  } catch (thrown) {
    return fault(`its embedding: ${ClipError.wrap(thrown).message}`);
  }
  const vector = numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
  for (let i = 0; i < vector.length; i++) {
    if (!Number.isFinite(vector[i])) {
      return fault(`its embedding has ${numbers[i]} at ${i}, which is no number of float32`);
    }
  }
  return vector;
}

/** Whether an array is as good as none: protobuf's default, an empty list. */
function isEmpty({ shape, buffer, sparse }: NdArray): boolean {
  return sparse === undefined && buffer.length === 0 &&
    (shape.length === 0 || elementCount(shape) === 0);
}

function missing(document: Document, encoded: boolean): ClipError {
  if (document.unreadable !== undefined) return fault(document.unreadable);
  if (!hasContent(document)) {
    return fault("it has nothing to embed (text, blob, tensor, uri) and no embedding");
  }
  if (encoded) {
    return fault("it was not embedded, as the encoder's access paths leave it out");
  }
  return fault("it has no embedding, and 'targetExecutor' leaves the encoder out");
}

function fault(message: string): ClipError {
  return new ClipError("document", message, { name: "ValueError" });
}
