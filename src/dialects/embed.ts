/** What embedding is in every dialect but Jina's: items in, vectors of one form out, or an error. */
import { inSlices, type Sliced, type Slices } from "../encoding/slices.ts";
import { ClipError } from "../errors.ts";
import type { MessageContext } from "../exchange/message.ts";
import { TokenUsage } from "../model/token_usage.ts";
import type { Executor } from "../service/executors.ts";
import type { RequestItem } from "../service/item.ts";
import { inForm, type VectorForm } from "../service/vector.ts";
import type { DialectContext } from "./context.ts";
import { requireFewItems } from "./reading/body_size.ts";
import { FieldError, ItemError } from "./reading/typed_body.ts";

/** What is embedded, and how it is wanted. */
export interface EmbedRequest {
  items: readonly RequestItem[];
  executor: Executor;
  form: VectorForm;
  /** As the log and the metrics call it: the route's path. */
  endpoint: string;
  /** Bytes of the message. */
  bytes: number;
  /** Where an item of an index stands, for errors; by default `input.0`. */
  place?: (index: number) => string;
}

/** What came of it. */
export interface Embedded {
  /** By item: float32 `[D]`, or `[dimensions]` if fewer were wanted; not to be changed. */
  vectors: Float32Array[];
  /** Of the texts, start and end of text included. */
  tokens: number;
}

/** A dialect's way to the service. */
export type Embed = (
  request: EmbedRequest,
  context: Pick<MessageContext, "signal" | "flow" | "watch">,
) => Promise<Embedded>;

/**
 * Makes it.
 * @returns a function that tells those who watch what was read and served, and throws {ClipError}:
 * as `Service.encode`; and the first item's fault with its place, if an item has one.
 */
export function embedder({ service, flow: bounds }: DialectContext): Embed {
  return async ({ items, executor, form, endpoint, bytes, place }, { signal, flow, watch }) => {
    requireFewItems(items.length, bounds);
    const { observer } = service;
    const { name } = executor;
    watch.read(endpoint, items.length, bytes);
    const began = performance.now();
    const ms = () => performance.now() - began;
    const usage = new TokenUsage();
    const { trace } = watch;
    try {
      const stream = flow === undefined ? {} : { flow, wait: true };
      const results = await service.encode(items, executor, { signal, trace, usage, ...stream });
      for (const [index, result] of results.entries()) {
        if (!(result instanceof ClipError)) continue;
        trace?.fail();
        const at = (place ?? inputPlace)(index);
        observer.documentFailed({ request: "", document: at, endpoint, error: result });
        throw new ItemError(at, result);
      }
      const vectors = await inSlices(
        (slices) => inForms(results as Float32Array[], form, slices),
        signal,
      );
      observer.served(name, endpoint, "ok", items.length, ms());
      return { vectors, tokens: usage.tokens };
    } catch (thrown) {
      observer.served(name, endpoint, ClipError.wrap(thrown).kind, items.length, ms());
      throw thrown;
    }
  };
}

function* inForms(
  embeddings: readonly Float32Array[],
  form: VectorForm,
  slices: Slices,
): Sliced<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (const embedding of embeddings) {
    vectors.push(inForm(embedding, form));
    if (slices.spent(embedding.length)) yield;
  }
  return vectors;
}

function inputPlace(index: number): string {
  return `input.${index}`;
}

/**
 * Checks how many dimensions are wanted.
 * @returns undefined for all: what is absent, `null` or 0, which some clients always send.
 * @throws {FieldError}
 */
export function readDimensions(
  wanted: number | null | undefined,
  { encoder }: Executor,
  key = "dimensions",
): number | undefined {
  if (wanted === undefined || wanted === null || wanted === 0) return undefined;
  const { embedDim: dimensions } = encoder.shape;
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= dimensions) return wanted;
  throw new FieldError([key], `${wanted} is not possible, the model gives 1 to ${dimensions}`);
}
