/**
 * A client of CLIP embedding servers, in TypeScript: for Deno, Node from 20 on, and browsers.
 *
 * ```ts
 * const client = new ClipClient("grpc://localhost:51000");
 * const { rows, dimensions } = await client.encode(["a red circle", "photo.jpg"]);
 * ```
 * @module
 */
export { ClipClient, type PostOptions } from "./clip_client.ts";
export {
  type ClipDocument,
  type Content,
  type Contents,
  type Item,
  type JsonObject,
  type JsonValue,
  type Pixels,
  PlainText,
  plainText,
  type ResultDocument,
  type Score,
} from "./document.ts";
export {
  ClipClientError,
  type ClipClientErrorKind,
  type ClipClientErrorOptions,
} from "./errors.ts";
export type { EncodedItem, ServedItem } from "./gather.ts";
export { EmbeddingMatrix } from "./matrix.ts";
export type {
  CallOptions,
  ClipClientOptions,
  GatherOptions,
  SearchLimit,
  StreamOptions,
} from "./options.ts";
export { type Profile, profileTree } from "./profile.ts";
export type { TraceContext } from "./trace_context.ts";
export type { Clock } from "./stream/clock.ts";
export type { ProgressReport } from "./stream/progress.ts";
export type { RetryOptions } from "./stream/retry.ts";
export type { HttpExchange, TlsOptions } from "./transports/transport.ts";
