/** Calls to the server this page came from: all that embeds, ranks, keeps and finds. */
import { BASE } from "./address.js";
import { apiKey, heardStatus } from "./api_key.js";
import { ClipClient, ClipClientError } from "./clip_client.js";
import { contentsOf } from "./contents.js";
import { failureOf } from "./failure.js";

/** @typedef {import("./exchange.js").ApiRequest} ApiRequest */
/** @typedef {import("./clip_client.js").ResultDocument} ResultDocument */
/** A request, and how it went over the wire. */
/** @typedef {import("./clip_client.js").HttpExchange & { request: ApiRequest }} Exchange */

/** Who looks at the page is told at once, and has a button to try again. */
const TRIED_ONCE = { retries: 0 };

/**
 * How a request is sent.
 * @typedef {object} Sending
 * @property {AbortSignal} signal
 * @property {(exchange: Exchange) => void} onExchange called with each answer, be it good or bad
 * @property {"throw" | "return"} [itemErrors] `return`: a document that fails has its `error`
 * @property {import("./clip_client.js").RetryOptions} [retry] default: it is tried once
 */

/**
 * Sends a request.
 * @param {ApiRequest} request
 * @param {Sending} sending
 * @returns {Promise<ResultDocument[]>} the documents of the answer
 * @throws {import("./failure.js").Failure} if the server cannot be reached or says no; the signal's
 * reason
 */
export async function call(request, { signal, onExchange, itemErrors, retry = TRIED_ONCE }) {
  const { path } = request;
  const { limit, ...parameters } = /** @type {import("./clip_client.js").JsonObject} */ (
    request.parameters
  );
  try {
    const contents = await contentsOf(request.items);
    signal.throwIfAborted();
    // One for each call: over HTTP it holds no connection, and another key may have been typed in.
    const client = new ClipClient(BASE, { retry, ...(apiKey() ? { apiKey: apiKey() } : {}) });
    const options = {
      batchSize: Math.max(1, contents.length),
      signal,
      parameters,
      itemErrors: itemErrors ?? "throw",
      /** @param {import("./clip_client.js").HttpExchange} exchange */
      onExchange(exchange) {
        heardStatus(exchange.status);
        onExchange({ ...exchange, request });
      },
    };
    switch (path) {
      case "/post":
        return await client.encode(contents, options);
      case "/rank":
        return await client.rank(contents, options);
      case "/index":
        return await client.index(contents, options);
      case "/search":
        return await client.search(contents, { ...options, limit: Number(limit) });
      default:
        return await client.post(path, contents.length > 0 ? contents : undefined, {
          ...options,
          parameters: { ...parameters, ...(limit === undefined ? {} : { limit }) },
          idempotent: true,
        });
    }
  } catch (thrown) {
    throw thrown instanceof ClipClientError ? failureOf(thrown) : thrown;
  }
}
