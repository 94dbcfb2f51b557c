/** The client. */
import { authorizationOf } from "./authorization.ts";
import { Calls } from "./calls.ts";
import type { ClipDocument, Content, Contents, Item, ResultDocument } from "./document.ts";
import {
  encodeEndpoint,
  type Endpoint,
  indexEndpoint,
  rankEndpoint,
  searchEndpoint,
} from "./endpoints.ts";
import {
  type EncodedItem,
  encodedItem,
  gatherDocuments,
  gatherEncoded,
  type ServedItem,
  servedItem,
  type Taken,
} from "./gather.ts";
import { totalOf } from "./many.ts";
import type { EmbeddingMatrix } from "./matrix.ts";
import type {
  CallOptions,
  ClipClientOptions,
  GatherOptions,
  SearchLimit,
  StreamOptions,
} from "./options.ts";
import { type Profile, profileOf } from "./profile.ts";
import { readAddress } from "./transports/open.ts";
import { resultDocument } from "./wire/result_document.ts";

const EMBEDDING: Taken = { embedding: true, matches: false, chunks: false };
const MATCHES: Taken = { embedding: false, matches: true, chunks: false };
const WHOLE: Taken = { embedding: true, matches: true, chunks: true };

/** A request of any kind. */
export interface PostOptions extends GatherOptions {
  /**
   * Whether a request may be sent twice, as what it does is then the same. Default false: it is
   * sent again only where the server has refused to begin with it.
   */
  idempotent?: boolean;
}

/**
 * A client of a CLIP server: clipline, or `clip_server` of clip-as-service.
 *
 * Its methods, habits and defaults are those of Python's `clip_client` 0.8: see docs/client.md for
 * what is different. One client serves any number of calls at a time.
 */
export class ClipClient {
  readonly #calls: Calls;

  /**
   * Connects to nothing yet.
   * @param server `grpc://HOST:PORT`, or `grpcs`, `http`, `https`, `ws`, `wss`. For HTTP a path may
   * follow, where a proxy has put the server below one.
   * @throws {ClipClientError} usage: it is no such address, or the options do not fit it.
   */
  constructor(server: string | URL, options: ClipClientOptions = {}) {
    this.#calls = new Calls({
      url: readAddress(server),
      authorization: authorizationOf(options.apiKey, options.credential),
      headers: options.headers ?? {},
      tls: options.tls,
      compress: options.compress ?? false,
    }, options);
  }

  /**
   * Embeds items.
   * @returns one row for each, in their order; documents with their `embedding` where the first
   * item is a document.
   * @throws {ClipClientError} the first failure, unless `itemErrors` is `return`.
   */
  encode(contents: Contents<Item>, options?: GatherOptions): Promise<EmbeddingMatrix>;
  encode(contents: Contents<ClipDocument>, options?: GatherOptions): Promise<ResultDocument[]>;
  encode(
    contents: Contents,
    options?: GatherOptions,
  ): Promise<EmbeddingMatrix | ResultDocument[]>;
  async encode(
    contents: Contents,
    options: GatherOptions = {},
  ): Promise<EmbeddingMatrix | ResultDocument[]> {
    const endpoint = encodeEndpoint(options.parameters ?? {});
    return await gatherEncoded(this.#calls.run(contents, endpoint, options), {
      taken: takenBy(endpoint),
      expected: totalOf(contents),
      keepErrors: options.itemErrors === "return",
    });
  }

  /**
   * Embeds a stream of any length, in bounded memory.
   * @throws {ClipClientError} what ends all of it: nobody listens, a wrong key, a full server after
   * all tries; what the input throws. What fails of one item is its `error`.
   */
  async *encodeStream<T extends Content>(
    contents: Contents<T>,
    options: StreamOptions = {},
  ): AsyncGenerator<EncodedItem<T>, void, void> {
    const endpoint = encodeEndpoint(options.parameters ?? {});
    for await (const batch of this.#calls.run(contents, endpoint, options, options.ordered)) {
      for (const one of batch) {
        options.signal?.throwIfAborted();
        yield encodedItem(one);
      }
    }
  }

  /**
   * Ranks the `matches` of each document by their nearness to it.
   * @returns the documents with their matches, best first, each with the scores `clip_score` and
   * `clip_score_cosine`.
   * @throws {ClipClientError} the first failure, unless `itemErrors` is `return`.
   */
  async rank(
    documents: Contents<ClipDocument>,
    options: GatherOptions = {},
  ): Promise<ResultDocument[]> {
    const endpoint = rankEndpoint(options.parameters ?? {});
    return await this.#documents(documents, endpoint, options, MATCHES);
  }

  /** Ranks a stream of any length. @throws as `encodeStream`. */
  async *rankStream<T extends ClipDocument>(
    documents: Contents<T>,
    options: StreamOptions = {},
  ): AsyncGenerator<ServedItem<T>, void, void> {
    yield* this.#stream(documents, rankEndpoint(options.parameters ?? {}), options, MATCHES);
  }

  /**
   * Puts items into the server's index. What has the id of one that is there replaces it.
   * @returns documents with their ids and embeddings.
   * @throws {ClipClientError} the first failure, unless `itemErrors` is `return`.
   */
  async index(contents: Contents, options: GatherOptions = {}): Promise<ResultDocument[]> {
    const endpoint = indexEndpoint(options.parameters ?? {});
    return await this.#documents(contents, endpoint, options, EMBEDDING);
  }

  /** Indexes a stream of any length. @throws as `encodeStream`. */
  async *indexStream<T extends Content>(
    contents: Contents<T>,
    options: StreamOptions = {},
  ): AsyncGenerator<ServedItem<T>, void, void> {
    yield* this.#stream(contents, indexEndpoint(options.parameters ?? {}), options, EMBEDDING);
  }

  /**
   * Looks for what is nearest in the server's index.
   * @returns documents with their `matches`, nearest first.
   * @throws {ClipClientError} the first failure, unless `itemErrors` is `return`.
   */
  async search(
    contents: Contents,
    options: GatherOptions & SearchLimit = {},
  ): Promise<ResultDocument[]> {
    const endpoint = searchEndpoint(options.parameters ?? {}, options.limit ?? 10);
    return await this.#documents(contents, endpoint, options, MATCHES);
  }

  /** Searches for a stream of queries. @throws as `encodeStream`. */
  async *searchStream<T extends Content>(
    contents: Contents<T>,
    options: StreamOptions & SearchLimit = {},
  ): AsyncGenerator<ServedItem<T>, void, void> {
    const endpoint = searchEndpoint(options.parameters ?? {}, options.limit ?? 10);
    yield* this.#stream(contents, endpoint, options, MATCHES);
  }

  /**
   * Posts documents to any endpoint, as `/delete` or `/status`; none is one request without any.
   * @returns the documents of the answers.
   * @throws {ClipClientError} the first failure, unless `itemErrors` is `return`.
   */
  async post(
    path: string,
    contents?: Contents,
    options: PostOptions = {},
  ): Promise<ResultDocument[]> {
    const endpoint = {
      path,
      parameters: { ...options.parameters },
      safe: options.idempotent ?? false,
    };
    if (contents !== undefined) return await this.#documents(contents, endpoint, options, WHOLE);
    const { docs } = await this.#calls.once([], endpoint, options);
    return docs.map(resultDocument);
  }

  /**
   * Sends one text and tells where the time went. By default it is empty: the model has nothing to
   * do then.
   * @returns milliseconds, by the names that `clip_client` gives them; `profileTree` draws them.
   * @throws {ClipClientError} the request failed, or the answer does not say.
   */
  async profile(content = "", options: CallOptions = {}): Promise<Profile> {
    const began = performance.now();
    const document = { id: "profile", text: content };
    const endpoint = { path: "/", parameters: { ...options.parameters }, safe: true };
    const { routes } = await this.#calls.once([document], endpoint, options);
    return profileOf(routes, performance.now() - began);
  }

  /** Closes its connections. A call that comes later opens others. */
  close(): Promise<void> {
    return this.#calls.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #documents<T extends Content>(
    contents: Contents<T>,
    endpoint: Endpoint,
    options: GatherOptions,
    taken: Taken,
  ): Promise<ResultDocument[]> {
    return await gatherDocuments(this.#calls.run(contents, endpoint, options), {
      taken,
      expected: totalOf(contents),
      keepErrors: options.itemErrors === "return",
    });
  }

  async *#stream<T extends Content>(
    contents: Contents<T>,
    endpoint: Endpoint,
    options: StreamOptions,
    taken: Taken,
  ): AsyncGenerator<ServedItem<T>, void, void> {
    for await (const batch of this.#calls.run(contents, endpoint, options, options.ordered)) {
      for (const one of batch) {
        options.signal?.throwIfAborted();
        yield servedItem(one, taken);
      }
    }
  }
}

/** Where other documents than the roots are embedded, they are taken from the answer. */
function takenBy({ parameters }: Endpoint): Taken {
  const paths = parameters["traversal_paths"] ?? parameters["access_paths"];
  return paths === undefined || paths === "@r" ? { ...EMBEDDING, embedding: "needed" } : WHOLE;
}
