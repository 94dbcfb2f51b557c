/** Starts an indexer of a flow: opens what keeps its documents, beside the encoder it belongs to. */
import { ClipError, KeyError } from "../errors.ts";
import type { IndexerConfig, IndexSettings, IndexStore } from "../flow/config.ts";
import { CheckedIndexer } from "../index/checked_indexer.ts";
import { openEmbeddedIndex } from "../index/embedded/open.ts";
import type { IndexEngine, IndexShape } from "../index/engine.ts";
import type { Indexer } from "../index/indexer.ts";
import type { Executor } from "../service/executors.ts";
import type { IndexObserver } from "../telemetry/index_observer.ts";
import type { Log } from "../telemetry/log.ts";
import { placed } from "./placed.ts";
import { withinReadyTime } from "./ready_time.ts";

/** What opening an engine needs. */
export interface OpenIndexOptions {
  shape: IndexShape;
  store: IndexStore;
  settings: IndexSettings;
  log: Log;
  /** The worker of an index in a folder. */
  workerUrl: string;
  /** Ends the opening. */
  signal: AbortSignal;
}

/** Opens an engine. @throws {ClipError} with the reason; a {KeyError} for a fault of a key. */
export type OpenIndex = (options: OpenIndexOptions) => Promise<IndexEngine>;

/** What the start needs beside the configuration. */
export interface IndexerContext {
  log: Log;
  observer: IndexObserver;
  workerUrl: string;
  /** Bytes that the documents of an answer may have. */
  maxAnswerBytes: number;
  /** How engines are opened; by default the program's own. */
  openIndex?: OpenIndex | undefined;
}

/** An indexer that is open, with what is told of it at the start. */
export interface StartedIndexer {
  indexer: Indexer;
  /** Where it keeps documents: a folder, or a table of a database, without a password. */
  place: string;
  /** How many were there when it was opened. */
  documents: number;
}

/**
 * Opens an indexer. Resolves when it can be searched.
 * @throws {ClipError} with the reason: "config" if it does not fit its encoder or what is kept,
 * "unavailable" if it cannot be had, or not within `timeout_ready`.
 */
export async function startIndexer(
  config: IndexerConfig,
  executor: Executor,
  context: IndexerContext,
): Promise<StartedIndexer> {
  try {
    return await withinReadyTime(
      config.name,
      config.timeoutReadyMs,
      (signal) => start(config, executor, context, signal),
    );
  } catch (thrown) {
    throw placed(thrown, config.places, "uses");
  }
}

async function start(
  config: IndexerConfig,
  executor: Executor,
  { openIndex = openStore, ...context }: IndexerContext,
  signal: AbortSignal,
): Promise<StartedIndexer> {
  const { name, encoder, index: settings, store } = config;
  const log = context.log.child(name);
  const began = performance.now();
  const { metric, columns } = settings;
  const shape = { dimensions: dimensionsOf(config, executor), metric, columns };
  const { workerUrl } = context;
  const engine = await openIndex({ shape, store, settings, log, workerUrl, signal });
  const indexer = new CheckedIndexer(engine, {
    name,
    encoder,
    engine: store.kind,
    shape,
    settings,
    maxAnswerBytes: context.maxAnswerBytes,
    observer: context.observer,
  });
  try {
    signal.throwIfAborted();
    const { documents } = await indexer.status(signal);
    const place = describeStore(store);
    const ms = Math.round(performance.now() - began);
    log.info("Index ready", { place, documents, dimensions: shape.dimensions, metric, ms });
    return { indexer, place, documents };
  } catch (thrown) {
    await indexer.close();
    throw thrown;
  }
}

/** The numbers of an embedding, which the flow and the model must agree on. */
function dimensionsOf({ name, index }: IndexerConfig, { encoder, models, ...executor }: Executor) {
  const { embedDim } = encoder.shape;
  if (index.dimensions !== null && index.dimensions !== embedDim) {
    throw new KeyError(
      "config",
      "n_dim",
      `'${name}' is to keep embeddings of ${index.dimensions} numbers, and the model ` +
        `'${models[0] ?? executor.name}' of '${executor.name}' makes them of ${embedDim}; ` +
        `expected ${embedDim}, or no 'n_dim'`,
    );
  }
  return embedDim;
}

function openStore({ store, workerUrl, ...options }: OpenIndexOptions): Promise<IndexEngine> {
  if (store.kind === "embedded") {
    return openEmbeddedIndex({ ...options, folder: store.folder, workerUrl });
  }
  return Promise.reject(new ClipError("config", `There is no engine for ${store.kind} yet`));
}

/** A store for people: the folder, or server, database and table. */
function describeStore(store: IndexStore): string {
  if (store.kind === "embedded") return store.folder;
  const { host, pathname } = new URL(store.url);
  return `table ${store.table} of postgresql://${host}${pathname}`;
}
