/** The URIs of one request -> items to be embedded. */
import { ClipError, type ErrorKind } from "../../errors.ts";
import type { EncodeItem } from "../../model/item.ts";
import type { Outcome, RequestObserver } from "../../telemetry/request_observer.ts";
import type { RequestTrace } from "../../telemetry/request_trace.ts";
import type { FetchedShare } from "./fetched_bytes.ts";
import type { UriLoader } from "./load_uri.ts";

/**
 * Fetches of one request that are begun or wait for their turn. Each listens to the request's signal,
 * and listeners are looked through for each new one: a hundred thousand would take a minute.
 */
const FETCHES_OF_REQUEST = 256;

/** What a request has, and what it is fetched with. */
export interface UriFetches {
  uris: Pick<UriLoader, "load">;
  /** What the request may still fetch. */
  share: FetchedShare;
  observer: Pick<RequestObserver, "fetched">;
  signal: AbortSignal;
  trace: RequestTrace | undefined;
}

/**
 * Fetches what each URI leads to, once, some at a time: a request may name a hundred thousand.
 * @param wanted where the items of a URI belong.
 * @param keep takes an item, or why this one is none.
 * @throws {ClipError} what is no fault of one item, but of the request; the signal's reason.
 */
export async function fetchItems(
  wanted: ReadonlyMap<string, readonly number[]>,
  fetches: UriFetches,
  keep: (place: number, item: EncodeItem | ClipError) => void,
): Promise<void> {
  const { trace } = fetches;
  const began = trace && performance.now();
  let error: ErrorKind | undefined;
  const rest = wanted.entries();
  let failed = false;
  const fetchNext = async () => {
    for (const [uri, places] of rest) {
      const item = await fetchItem(uri, fetches).catch((thrown) => {
        failed = true;
        error = ClipError.wrap(thrown).kind;
        throw thrown;
      });
      if (failed) return;
      if (item instanceof ClipError) error ??= item.kind;
      for (const place of places) keep(place, item);
    }
  };
  const some = Array.from({ length: Math.min(wanted.size, FETCHES_OF_REQUEST) }, fetchNext);
  await Promise.all(some).finally(() => {
    if (began !== undefined) trace?.stage("fetch", began, { error, count: wanted.size });
  });
}

async function fetchItem(
  uri: string,
  { uris, share, observer, signal, trace }: UriFetches,
): Promise<EncodeItem | ClipError> {
  if (share.full) return ownFault(share.full);
  const began = performance.now();
  const fetched = (outcome: Outcome, bytes: number) =>
    observer.fetched(uri, outcome, bytes, performance.now() - began);
  let bytes: Uint8Array;
  try {
    bytes = await uris.load(uri, signal, trace?.traceparent);
  } catch (thrown) {
    const error = ClipError.wrap(thrown, "document");
    fetched(error.kind, 0);
    return ownFault(error);
  }
  fetched("ok", bytes.length);
  const full = share.take(bytes.length);
  return full ? ownFault(full) : { modality: "image", bytes };
}

/** An error that is the item's own; others are thrown, for they are the request's. */
function ownFault(error: ClipError): ClipError {
  if (error.kind === "document" || error.kind === "invalid") return error;
  throw error;
}
