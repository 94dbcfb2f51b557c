/** Documents as they are kept: `docarray.DocumentProto` without what the index has, or makes anew. */
import { encodeInSlices, encodeMessage } from "../../../encoding/protobuf_writer.ts";
import { plainBytes } from "../../../encoding/protobuf_reader.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { ClipError } from "../../../errors.ts";
import type { StoredDocument } from "../../../index/engine.ts";
import type { Document } from "../document/document.ts";
import { isLightDocument } from "../document/lightness.ts";
import { embeddingToNdArray } from "../document/nd_array.ts";
import { NO_LIMITS, RequestSize } from "../document/request_size.ts";
import { readLargeFields } from "../proto/read_document.ts";
import { RequestReader } from "../proto/request_reader.ts";
import { writeFields, writeLargeFields } from "../proto/write_document.ts";

/**
 * Messages in messages of a document that is kept: protobuf's readers, ours and those of clients,
 * bear 100, of which the answer around it takes some.
 */
const MAX_DEPTH = 80;

/** How `clip_client` 0.6 and 0.7 know again what they made of plain strings: nobody else's business. */
const CREATED_TAG = "__created_by_CAS__";

const BOUNDS = { maxDepth: MAX_DEPTH };

/**
 * A document's bytes, without its embedding, which is kept beside them, and without its matches, which
 * are what some search found.
 * @throws {ClipError} "document": lists and objects in one another beyond what can be read again.
 */
export function* writeStored(document: Document, slices: Slices): Sliced<Uint8Array> {
  const { embedding: _, matches: __, ...kept } = document;
  if (kept.tags && Object.hasOwn(kept.tags, CREATED_TAG)) {
    const { [CREATED_TAG]: ___, ...tags } = kept.tags;
    kept.tags = tags;
  }
  try {
    if (isLightDocument(kept)) return encodeMessage((sink) => writeFields(sink, kept), BOUNDS);
    return yield* encodeInSlices((sink) => writeLargeFields(sink, kept, slices), slices, BOUNDS);
  } catch (thrown) {
    if (!(thrown instanceof ClipError)) throw thrown;
    throw new ClipError(
      "document",
      "its tags or chunks are nested too deep to be kept: at most " +
        `${Math.floor(MAX_DEPTH / 3)} objects in one another, or ${MAX_DEPTH} chunks`,
      { name: "ValueError", cause: thrown },
    );
  }
}

/**
 * A document out of what is kept of it; of an id alone there is only that.
 * @param embeddings whether it gets its embedding.
 */
export function* readStored(
  stored: StoredDocument,
  slices: Slices,
  embeddings = true,
): Sliced<Document> {
  const { id, embedding } = stored;
  const document: Document = { id: "" };
  if (stored.document !== undefined) {
    try {
      const size = new RequestSize(NO_LIMITS);
      const reader = new RequestReader(plainBytes(stored.document), size, slices);
      yield* readLargeFields(reader, document);
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      throw new ClipError("backend", `Cannot read document '${id}' as it is kept: ${why}`, {
        cause: thrown,
      });
    }
  }
  // A text with half a surrogate pair is another one after it was written.
  document.id = id;
  if (embeddings && embedding !== undefined) document.embedding = embeddingToNdArray(embedding);
  return document;
}
