/** What the index's thread does: calls come as messages, and are answered when they are done. */
import { ClipError, KeyError } from "../../errors.ts";
import { Answer } from "./answer.ts";
import { makeBackup } from "./backups.ts";
import { removeOthers } from "./snapshots.ts";
import { Builder } from "./builder.ts";
import type { FromIndex, IndexAnswer, IndexCall, IndexSpec, ToIndex } from "./messages.ts";
import { buffersOf } from "./packing.ts";
import { restoreBackup } from "./restoring.ts";
import { search } from "./search.ts";
import { StepClock, type Steps, withoutPause } from "./steps.ts";
import { Store } from "./store.ts";
import { WorkQueue } from "./work_queue.ts";
import { type Write, writeTogether } from "./writing.ts";

/** Writes that are committed together have so many documents, and bytes. */
const [BATCH_DOCUMENTS, BATCH_BYTES] = [4096, 1 << 26];

/** With so many documents in the tail, writers wait for the graph: each search looks at all of them. */
const MOST_WAITING = 100_000;

/** How messages go out. */
export type Post = (message: FromIndex, transfer: ArrayBuffer[]) => void;

type WriteCall = Exclude<IndexCall, { op: "search" | "list" | "get" | "status" }>;

interface Waiting {
  id: number;
  call: WriteCall;
}

/** One index, opened by its first message. */
export class IndexThread {
  readonly #post: Post;
  readonly #clock = new StepClock();
  readonly #queue: WorkQueue;
  #store: Store | undefined;
  #builder = new Builder(1);
  #writes: Waiting[] = [];
  /** Documents that may be written before the graph has taken in as many, while the tail is full. */
  #credit = 0;

  constructor(post: Post) {
    this.#post = post;
    this.#queue = new WorkQueue(this.#clock, {
      nextWrite: () => this.#nextWrite(),
      build: () => this.#build(),
      failed: (thrown) => this.#warn(thrown),
    });
  }

  /** Takes a message. */
  handle(message: ToIndex): void {
    switch (message.type) {
      case "open":
        return this.#open(message.spec);
      case "call":
        return this.#call(message.id, message.call);
      case "cancel":
        return this.#cancel(message.id);
      case "close":
        return this.#close();
    }
  }

  get #opened(): Store {
    if (!this.#store) throw new ClipError("unavailable", "The index is not open");
    return this.#store;
  }

  #open(spec: IndexSpec): void {
    try {
      const threads = Math.max(1, Math.floor(navigator.hardwareConcurrency / 2));
      const store = this.#store = new Store(spec, threads, this.#clock);
      this.#builder = new Builder(spec.shape.dimensions);
      const { size, waiting } = store.vectors;
      const status = { documents: size, pending: waiting };
      this.#post({ type: "opened", status, built: store.wasBuilt }, []);
      this.#queue.wake();
    } catch (thrown) {
      const error = ClipError.wrap(thrown, "unavailable").toData();
      const key = thrown instanceof KeyError ? { key: thrown.key } : {};
      this.#post({ type: "refused", error, ...key }, []);
    }
  }

  #call(id: number, call: IndexCall): void {
    switch (call.op) {
      case "search":
      case "list":
      case "get":
      case "status":
        return this.#queue.read(id, this.#read(id, call));
      default:
        this.#writes.push({ id, call });
        return this.#queue.wake();
    }
  }

  #cancel(id: number): void {
    if (this.#queue.withdraw(id)) return;
    const at = this.#writes.findIndex((write) => write.id === id);
    if (at < 0) return;
    this.#writes.splice(at, 1);
    this.#post({ type: "withdrawn", id }, []);
  }

  *#read(id: number, call: Exclude<IndexCall, WriteCall>): Steps<void> {
    try {
      const [answer, buffers] = yield* this.#answer(call);
      this.#post({ type: "answer", id, answer }, buffers);
    } catch (thrown) {
      this.#fail(id, thrown);
    }
  }

  *#answer(call: Exclude<IndexCall, WriteCall>): Steps<[IndexAnswer, ArrayBuffer[]]> {
    const { database, vectors } = this.#opened;
    switch (call.op) {
      case "search": {
        const hits = yield* search(vectors, database, call.request, this.#clock);
        return [hits, [...buffersOf(hits), hits.distances.buffer]];
      }
      case "list": {
        const { filter, limit, offset } = call.request;
        const answer = new Answer(call.request, database);
        for (const { key, id } of database.list(database.condition(filter), limit, offset)) {
          answer.add(key, id);
          if (this.#clock.over) yield "pause";
        }
        const documents = answer.pack();
        return [documents, buffersOf(documents)];
      }
      case "get": {
        const answer = new Answer(call.wanted, database);
        const places: number[] = [];
        for (const [place, id] of call.ids.entries()) {
          const key = database.keyOf(id);
          if (key !== undefined && answer.add(key, id)) places.push(place);
          if (this.#clock.over) yield "pause";
        }
        const documents = answer.pack();
        return [{ documents, places }, buffersOf(documents)];
      }
      case "status":
        return [{ documents: vectors.size, pending: vectors.waiting }, []];
    }
  }

  /** The writes that go together next, or a snapshot. */
  #nextWrite(): Steps<void> | undefined {
    const [first] = this.#writes;
    if (!first) return this.#store?.snapshotDue ? this.#snapshot() : undefined;
    if (!("entries" in first.call || "ids" in first.call)) {
      this.#writes.shift();
      return this.#single(first.id, first.call);
    }
    const full = this.#opened.vectors.waiting >= MOST_WAITING;
    if (!full) this.#credit = BATCH_DOCUMENTS;
    else if (this.#credit <= 0) return undefined;
    return this.#together(this.#takeBatch());
  }

  #takeBatch(): { ids: number[]; writes: Write[] } {
    const [ids, writes]: [number[], Write[]] = [[], []];
    let [documents, bytes] = [0, 0];
    for (;;) {
      const next = this.#writes[0];
      if (!next || !("entries" in next.call || "ids" in next.call)) break;
      if (documents > 0 && (documents >= BATCH_DOCUMENTS || bytes >= BATCH_BYTES)) break;
      this.#writes.shift();
      ids.push(next.id);
      writes.push(next.call);
      if ("ids" in next.call) documents += next.call.ids.length;
      else {
        documents += next.call.entries.ids.length;
        bytes += next.call.entries.embeddings.byteLength + next.call.entries.documents.length;
        this.#credit -= next.call.entries.ids.length;
      }
    }
    return { ids, writes };
  }

  *#together({ ids, writes }: { ids: number[]; writes: Write[] }): Steps<void> {
    try {
      const store = this.#opened;
      const { writable, vectors, snapshot } = store;
      const before = vectors.graph.size;
      const written = yield* writeTogether(
        writes,
        writable,
        vectors,
        snapshot?.highest ?? 0,
        this.#clock,
      );
      store.changed(before - vectors.graph.size);
      for (const [i, one] of written.entries()) {
        if ("error" in one) this.#fail(ids[i]!, one.error);
        else this.#post({ type: "answer", id: ids[i]!, answer: one.missing }, []);
      }
      vectors.tidy(store.scratch);
    } catch (thrown) {
      for (const id of ids) this.#fail(id, thrown);
      // What is in memory may lack what is committed: both are read anew.
      this.#store?.giveUp();
    }
  }

  *#single(id: number, call: WriteCall): Steps<void> {
    try {
      const store = this.#opened;
      if (call.op === "clear") {
        yield "alone";
        store.writable.clear();
        store.forget();
        removeOthers(store.folder, undefined);
      } else if (call.op === "backup") {
        if (!store.writable.checkpoint()) {
          throw new ClipError("unavailable", `Another program reads "${store.databasePath}"`);
        }
        yield* makeBackup(store.folder, call.name, store.snapshot, this.#clock);
      } else if (call.op === "restore") {
        yield* restoreBackup(store, call.name, this.#clock);
      }
      this.#post({ type: "answer", id, answer: undefined }, []);
    } catch (thrown) {
      return this.#fail(id, thrown);
    }
    if (call.op === "clear") this.#opened.database.shrink();
  }

  *#snapshot(): Steps<void> {
    yield "alone";
    yield* this.#opened.takeSnapshot();
  }

  #build(): boolean {
    if (!this.#store || this.#store.vectors.waiting === 0) return false;
    const { database, vectors } = this.#store;
    const count = this.#builder.step(database, vectors);
    this.#store.changed(count);
    this.#credit += count;
    return vectors.waiting > 0;
  }

  #close(): void {
    const closed = new ClipError("unavailable", "The index is closed");
    for (const id of this.#queue.end()) this.#fail(id, closed);
    for (const { id } of this.#writes.splice(0)) this.#fail(id, closed);
    try {
      if (this.#store?.snapshotWorthwhile) withoutPause(this.#store.takeSnapshot());
    } catch (thrown) {
      this.#warn(thrown);
    }
    this.#store?.giveUp();
    this.#post({ type: "closed" }, []);
  }

  /** What has no code of an error is a fault of the database or the disk. */
  #fail(id: number, thrown: unknown): void {
    const error = this.#store?.trouble(thrown) ?? ClipError.wrap(thrown, "unavailable");
    this.#post({ type: "failed", id, error: error.toData() }, []);
  }

  #warn(thrown: unknown): void {
    const error = this.#store?.trouble(thrown) ?? ClipError.wrap(thrown, "unavailable");
    this.#post({ type: "warning", text: error.message }, []);
  }
}
