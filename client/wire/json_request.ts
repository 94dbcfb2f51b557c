/** Requests as JSON: the body of Jina's `POST /post`. */
import type { Document, NdArray } from "../../src/dialects/jina/document/document.ts";
import type { DataRequest } from "../../src/dialects/jina/document/request.ts";
import { encodeBase64 } from "./base64.ts";
import { embeddingOf } from "./result_document.ts";

/**
 * The body. `header` is the first key: servers tell by it that the request is Jina's, whatever
 * path it comes to.
 */
export function encodeRequestJson(request: DataRequest): string {
  return JSON.stringify({
    header: { requestId: request.requestId },
    execEndpoint: request.execEndpoint,
    ...(request.targetExecutor === undefined ? {} : { targetExecutor: request.targetExecutor }),
    parameters: request.parameters,
    data: request.docs.map(documentJson),
  });
}

/** A document: only what it has. */
function documentJson(document: Document): Record<string, unknown> {
  const { blob, tensor, embedding, matches, chunks } = document;
  return {
    id: document.id,
    text: document.text,
    blob: blob && encodeBase64(blob),
    tensor: tensor && nested(tensor),
    embedding: embedding && Array.from(embeddingOf(embedding)),
    uri: document.uri,
    mime_type: document.mimeType,
    tags: document.tags,
    weight: document.weight,
    modality: document.modality,
    parent_id: document.parentId,
    granularity: document.granularity,
    adjacency: document.adjacency,
    matches: matches?.map(documentJson),
    chunks: chunks?.map(documentJson),
  };
}

/** Lists in lists: JSON has no other arrays. */
function nested({ buffer, shape }: NdArray, level = 0, from = 0): unknown[] {
  if (level === shape.length - 1) return Array.from(buffer.subarray(from, from + shape[level]!));
  const step = shape.slice(level + 1).reduce((product, size) => product * size, 1);
  return Array.from(
    { length: shape[level]! },
    (_, i) => nested({ buffer, shape, dtype: "|u1", clsName: "" }, level + 1, from + i * step),
  );
}
