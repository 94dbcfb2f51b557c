/** A batch, sent: every item comes back with its answer or with the reason for none. */
import type { Document } from "../../src/dialects/jina/document/document.ts";
import type { DataRequest, DataResponse } from "../../src/dialects/jina/document/request.ts";
import type { JsonObject } from "../document.ts";
import { ClipClientError, mayBeOneDocument } from "../errors.ts";
import { newId } from "../ids.ts";
import type { TraceContext } from "../trace_context.ts";
import type { HttpExchange, Session } from "../transports/transport.ts";
import { failureOf } from "../wire/answer_failure.ts";
import type { Outcome, Prepared } from "./outcome.ts";
import type { Retrier } from "./retry.ts";
import { follow } from "./time_limit.ts";

/** How batches are sent. */
export interface Delivery {
  session: Session;
  retrier: Retrier;
  endpoint: string;
  parameters: JsonObject;
  targetExecutor: string | undefined;
  /** The trace that the requests belong to. */
  trace: TraceContext | undefined;
  /** Whether a request may be sent twice. */
  safe: boolean;
  /** Milliseconds for each try. */
  timeoutMs: number;
  onExchange: ((exchange: HttpExchange) => void) | undefined;
  signal: AbortSignal;
}

/** Tag of a document that was left out, with the reason (`parameters.on_error: "skip"`). */
const ERROR_TAG = "clipline_error";

/**
 * Sends the items that could be read. Where a request fails for what may be the fault of one
 * document, its halves are sent instead, and so on: only that one fails.
 * @throws {ClipClientError} no other request would fare better: nobody listens, a wrong key, a full
 * server after all tries; the signal's reason.
 */
export async function deliver<T>(
  items: readonly Prepared<T>[],
  delivery: Delivery,
): Promise<Outcome<T>[]> {
  const sent = items.filter(({ document }) => document !== undefined);
  const served = sent.length === 0 ? [] : await halving(sent, delivery);
  if (sent.length === items.length) return served;
  let next = 0;
  return items.map((item) => item.document === undefined ? item : served[next++]!);
}

async function halving<T>(
  items: readonly Prepared<T>[],
  delivery: Delivery,
): Promise<Outcome<T>[]> {
  try {
    const { docs } = await send(items.map(({ document }) => document!), delivery);
    return matched(items, docs);
  } catch (thrown) {
    if (!(thrown instanceof ClipClientError) || !mayBeOneDocument(thrown)) throw thrown;
    if (items.length === 1) {
      const [{ index, document }] = items as [Prepared<T>];
      return [{ ...items[0]!, error: thrown.of(index, document!.id) }];
    }
    const middle = items.length >>> 1;
    const halves = await Promise.all([
      halving(items.slice(0, middle), delivery),
      halving(items.slice(middle), delivery),
    ]);
    return halves.flat();
  }
}

/** Sends one request, until it is answered. @throws {ClipClientError} as the answer says. */
export function send(docs: Document[], delivery: Delivery): Promise<DataResponse> {
  const {
    endpoint,
    parameters,
    targetExecutor,
    session,
    retrier,
    safe,
    signal,
    onExchange,
    trace,
  } = delivery;
  const request: DataRequest = {
    requestId: newId(),
    execEndpoint: endpoint,
    parameters,
    docs,
    ...(targetExecutor === undefined ? {} : { targetExecutor }),
  };
  return retrier.run(async () => {
    const limit = follow(signal, delivery.timeoutMs, () => timedOut(delivery.timeoutMs));
    try {
      const response = await session.send(request, {
        signal: limit.signal,
        safe,
        onExchange,
        trace,
      });
      const { status } = response;
      if (status !== undefined && status.code !== 0) throw failureOf(status);
      return response;
    } finally {
      limit.end();
    }
  }, { safe, signal });
}

function timedOut(ms: number): ClipClientError {
  return new ClipClientError(
    "timeout",
    `There was no answer within ${ms} ms: give a larger timeoutMs, or a smaller batchSize`,
  );
}

/** Answers with their items: in the order of the request, or else by their ids. */
function matched<T>(items: readonly Prepared<T>[], docs: readonly Document[]): Outcome<T>[] {
  let byId: Map<string, Document> | undefined;
  return items.map((item, i) => {
    const { index, document } = item;
    const { id } = document!;
    let answer = docs[i];
    if (answer?.id !== id) {
      byId ??= new Map(docs.map((doc) => [doc.id, doc]));
      answer = byId.get(id);
    }
    if (answer === undefined) {
      const error = new ClipClientError("protocol", "The answer does not have its document");
      return { ...item, error: error.of(index, id) };
    }
    const reason = answer.tags?.[ERROR_TAG];
    if (typeof reason === "string" && document!.tags?.[ERROR_TAG] !== reason) {
      return { ...item, error: new ClipClientError("document", reason).of(index, id) };
    }
    return { ...item, answer };
  });
}
