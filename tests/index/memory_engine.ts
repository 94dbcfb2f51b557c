/** An index in memory that looks at every document: the plainest engine that keeps the contract. */
import { ClipError } from "../../src/errors.ts";
import { MAX_BACKUPS } from "../../src/index/bounds.ts";
import { compareCodePoints } from "../../src/code_point_order.ts";
import { distance } from "../../src/index/distance.ts";
import type {
  IndexEngine,
  IndexEntry,
  IndexShape,
  ListRequest,
  SearchHit,
  SearchRequest,
  StoredDocument,
  Wanted,
} from "../../src/index/engine.ts";
import type { Filter } from "../../src/index/filter/filter.ts";
import { tooManyBackups } from "../../src/index/told.ts";
import { matches } from "./matches.ts";

/** What outlives an engine that is closed. */
interface Place {
  shape: IndexShape;
  entries: Map<string, IndexEntry>;
  backups: Map<string, Map<string, IndexEntry>>;
}

const places = new Map<string, Place>();

/** Opens the index of a place; without one an index of its own. @throws {ClipError} "config". */
export function openMemoryEngine(shape: IndexShape, name?: string): Promise<IndexEngine> {
  return attempt(() => new MemoryEngine(placeOf(shape, name)));
}

function placeOf(shape: IndexShape, name: string | undefined): Place {
  const fresh: Place = { shape, entries: new Map(), backups: new Map() };
  if (name === undefined) return fresh;
  const place = places.get(name);
  if (!place) {
    places.set(name, fresh);
    return fresh;
  }
  const { dimensions, metric, columns } = place.shape;
  const kept = `${dimensions} dimensions and ${metric}`;
  if (dimensions !== shape.dimensions || metric !== shape.metric) {
    throw new ClipError("config", `The index has ${kept}`);
  }
  for (const [column, type] of Object.entries(shape.columns)) {
    if ((columns[column] ?? type) !== type) throw new ClipError("config", `Column '${column}'`);
  }
  place.shape = shape;
  return place;
}

class MemoryEngine implements IndexEngine {
  readonly #place: Place;
  #closed = false;

  constructor(place: Place) {
    this.#place = place;
  }

  put(entries: readonly IndexEntry[], signal: AbortSignal): Promise<void> {
    return this.#do(signal, () => {
      for (const entry of entries) this.#write(entry);
    });
  }

  update(entries: readonly IndexEntry[], signal: AbortSignal): Promise<string[]> {
    return this.#do(signal, () => {
      const missing = entries.filter(({ id }) => !this.#place.entries.has(id)).map(({ id }) => id);
      for (const entry of entries) if (!missing.includes(entry.id)) this.#write(entry);
      return missing;
    });
  }

  delete(ids: readonly string[], signal: AbortSignal): Promise<string[]> {
    return this.#do(signal, () => ids.filter((id) => !this.#place.entries.delete(id)));
  }

  search(request: SearchRequest, signal: AbortSignal): Promise<SearchHit[][]> {
    return this.#do(signal, () => {
      const { dimensions, metric } = this.#place.shape;
      const taken = this.#taken(request.filter);
      const budget = new Budget(request);
      return Array.from({ length: request.queries.length / dimensions }, (_, i) => {
        const query = request.queries.subarray(i * dimensions, (i + 1) * dimensions);
        return taken
          .map((entry) => ({ entry, distance: distance(metric, query, entry.embedding) }))
          .sort((a, b) => a.distance - b.distance || compareCodePoints(a.entry.id, b.entry.id))
          .slice(0, request.limit)
          .map((hit) => ({ ...budget.stored(hit.entry), distance: hit.distance }));
      });
    });
  }

  list(request: ListRequest, signal: AbortSignal): Promise<StoredDocument[]> {
    return this.#do(signal, () => {
      const budget = new Budget(request);
      return this.#taken(request.filter)
        .slice(request.offset, request.offset + request.limit)
        .map((entry) => budget.stored(entry));
    });
  }

  get(
    ids: readonly string[],
    wanted: Wanted,
    signal: AbortSignal,
  ): Promise<(StoredDocument | undefined)[]> {
    return this.#do(signal, () => {
      const budget = new Budget(wanted);
      return ids.map((id) => {
        const entry = this.#place.entries.get(id);
        return entry && budget.stored(entry);
      });
    });
  }

  status(signal: AbortSignal): Promise<{ documents: number; pending: number }> {
    return this.#do(signal, () => ({ documents: this.#place.entries.size, pending: 0 }));
  }

  clear(signal: AbortSignal): Promise<void> {
    return this.#do(signal, () => this.#place.entries.clear());
  }

  backup(name: string, signal: AbortSignal): Promise<void> {
    return this.#do(signal, () => {
      const { backups } = this.#place;
      if (backups.size >= MAX_BACKUPS && !backups.has(name)) {
        throw new ClipError("invalid", tooManyBackups(MAX_BACKUPS));
      }
      backups.set(name, new Map(this.#place.entries));
    });
  }

  restore(name: string, signal: AbortSignal): Promise<void> {
    return this.#do(signal, () => {
      const copy = this.#place.backups.get(name);
      if (!copy) throw new ClipError("not_found", `There is no backup '${name}'`);
      this.#place.entries = new Map(copy);
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #write(entry: IndexEntry): void {
    this.#place.entries.delete(entry.id);
    this.#place.entries.set(entry.id, {
      id: entry.id,
      embedding: entry.embedding.slice(),
      columns: { ...entry.columns },
      document: entry.document.slice(),
    });
  }

  #taken(filter: Filter | undefined): IndexEntry[] {
    const entries = [...this.#place.entries.values()];
    return filter ? entries.filter(({ columns }) => matches(filter, columns)) : entries;
  }

  #do<T>(signal: AbortSignal, work: () => T): Promise<T> {
    return attempt(() => {
      if (signal.aborted) throw ClipError.wrap(signal.reason, "cancelled");
      if (this.#closed) throw new ClipError("unavailable", "The index is closed");
      return work();
    });
  }
}

/** Counts what an answer carries. */
class Budget {
  readonly #documents: boolean;
  #left: number;

  constructor({ documents, maxBytes }: Wanted) {
    this.#documents = documents;
    this.#left = maxBytes;
  }

  stored({ id, document, embedding }: IndexEntry): StoredDocument {
    if (!this.#documents) return { id };
    this.#left -= document.length + embedding.byteLength;
    if (this.#left < 0) throw new ClipError("too_large", "The answer is too large");
    return { id, document, embedding };
  }
}

function attempt<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
