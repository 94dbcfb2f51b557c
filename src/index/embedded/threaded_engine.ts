/** The embedded index as the main thread has it: calls go to its thread, which is started anew if it dies. */
import { inSlices } from "../../encoding/slices.ts";
import { ClipError, KeyError } from "../../errors.ts";
import type { Log } from "../../telemetry/log.ts";
import type {
  IndexEngine,
  IndexEntry,
  IndexStatus,
  ListRequest,
  SearchHit,
  SearchRequest,
  StoredDocument,
  Wanted,
} from "../engine.ts";
import type { FromIndex, IndexCall, IndexCalls, IndexSpec, ToIndex } from "./messages.ts";
import {
  answerBytesOf,
  buffersOf,
  bytesOf,
  packEntries,
  unpackDocuments,
  unpackHits,
} from "./packing.ts";
import { PendingCalls } from "./pending_calls.ts";
import { searchInParts } from "./search_parts.ts";

/** Calls whose answer nobody misses. */
const READS: ReadonlySet<string> = new Set<keyof IndexCalls>(["search", "list", "get", "status"]);

/** How long a thread that died waits before it is started anew, milliseconds: longer each time. */
const [LEAST_BACKOFF_MS, MOST_BACKOFF_MS] = [100, 10_000];

/** How an engine is made. */
export interface ThreadedEngineOptions {
  spec: IndexSpec;
  workerUrl: string;
  log: Log;
  /** Called once, when everything has been let go of. */
  onClosed: () => Promise<void>;
}

/** Starts the thread of an index; `opened` resolves when it answers. */
export class ThreadedEngine implements IndexEngine {
  /** Resolves at the first opening. @throws {ClipError} "config", "unavailable". */
  readonly opened: Promise<IndexStatus>;
  readonly #options: ThreadedEngineOptions;
  readonly #columns: readonly string[];
  readonly #first = Promise.withResolvers<IndexStatus>();
  readonly #pending = new PendingCalls();
  #worker: Worker | undefined;
  /** The thread has opened the index. */
  #ready = false;
  /** It had, at least once. */
  #opened = false;
  #deaths = 0;
  #restart: ReturnType<typeof setTimeout> | undefined;
  #closing: Promise<void> | undefined;
  #closed = Promise.withResolvers<void>();

  constructor(options: ThreadedEngineOptions) {
    this.#options = options;
    this.#columns = Object.keys(options.spec.shape.columns);
    this.opened = this.#first.promise;
    this.#start();
  }

  async put(entries: readonly IndexEntry[], signal: AbortSignal): Promise<void> {
    if (entries.length === 0 && !signal.aborted && !this.#closing) return;
    await this.#write("put", entries, signal);
  }

  async update(entries: readonly IndexEntry[], signal: AbortSignal): Promise<string[]> {
    return await this.#write("update", entries, signal);
  }

  async delete(ids: readonly string[], signal: AbortSignal): Promise<string[]> {
    return await this.#call<"delete">({ op: "delete", ids: [...ids] }, signal);
  }

  async search(request: SearchRequest, signal: AbortSignal): Promise<SearchHit[][]> {
    return await searchInParts(request, async (part) => {
      const packed = await this.#call<"search">({ op: "search", request: part }, signal);
      const hits = await inSlices((slices) => unpackHits(packed, slices), signal);
      return { hits, bytes: answerBytesOf(packed) };
    }, this.#options.spec.shape.dimensions);
  }

  async list(request: ListRequest, signal: AbortSignal): Promise<StoredDocument[]> {
    return unpackDocuments(await this.#call<"list">({ op: "list", request }, signal));
  }

  async get(
    ids: readonly string[],
    wanted: Wanted,
    signal: AbortSignal,
  ): Promise<(StoredDocument | undefined)[]> {
    const call: IndexCall = { op: "get", ids: [...ids], wanted };
    const { documents, places } = await this.#call<"get">(call, signal);
    const found: (StoredDocument | undefined)[] = ids.map(() => undefined);
    unpackDocuments(documents).forEach((document, i) => found[places[i]!] = document);
    return found;
  }

  async status(signal: AbortSignal): Promise<IndexStatus> {
    return await this.#call<"status">({ op: "status" }, signal);
  }

  async clear(signal: AbortSignal): Promise<void> {
    await this.#call<"clear">({ op: "clear" }, signal);
  }

  async backup(name: string, signal: AbortSignal): Promise<void> {
    await this.#call<"backup">({ op: "backup", name }, signal);
  }

  async restore(name: string, signal: AbortSignal): Promise<void> {
    await this.#call<"restore">({ op: "restore", name }, signal);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Writes go all through one door; `put` does not look at the answer. */
  async #write(
    op: "put" | "update",
    entries: readonly IndexEntry[],
    signal: AbortSignal,
  ): Promise<string[]> {
    const bytes = bytesOf(entries);
    // What is refused is not packed first: it comes again and again.
    const refusal = this.#refusal(signal, bytes);
    if (refusal) throw refusal;
    const { dimensions } = this.#options.spec.shape;
    const packed = await inSlices((slices) =>
      packEntries(entries, dimensions, this.#columns, slices)
    );
    return await this.#call<"update">({ op, entries: packed }, signal, bytes, buffersOf(packed));
  }

  /** @typeParam Op of the call, which says what it is answered with. */
  #call<Op extends keyof IndexCalls>(
    call: IndexCall,
    signal: AbortSignal,
    bytes = 0,
    transfer: ArrayBuffer[] = [],
  ): Promise<IndexCalls[Op]["answer"]> {
    const { promise, resolve, reject } = Promise.withResolvers<IndexCalls[Op]["answer"]>();
    const refusal = this.#refusal(signal, bytes);
    if (refusal) {
      reject(refusal);
      return promise;
    }
    const abort = () => {
      this.#send({ type: "cancel", id });
      // Whether a write is done after all, its thread tells.
      if (READS.has(call.op)) this.#withdraw(id);
    };
    const leave = () => signal.removeEventListener("abort", abort);
    const id = this.#pending.add({
      bytes,
      signal,
      resolve: (answer) => {
        leave();
        // The thread answers a call of a kind with an answer of that kind.
        resolve(answer as IndexCalls[Op]["answer"]);
      },
      reject: (error) => {
        leave();
        reject(error);
      },
    });
    signal.addEventListener("abort", abort, { once: true });
    this.#send({ type: "call", id, call }, transfer);
    return promise;
  }

  #refusal(signal: AbortSignal, bytes: number): ClipError | undefined {
    if (signal.aborted) return ClipError.wrap(signal.reason, "cancelled");
    if (this.#closing) return new ClipError("unavailable", "The index is closed");
    if (!this.#ready) {
      return new ClipError("unavailable", "The index is being opened anew: try again in a moment");
    }
    if (!this.#pending.hasRoom(bytes)) {
      return new ClipError("overloaded", "Too much waits for the index: try again later");
    }
  }

  /** A call is not done, as its signal says. */
  #withdraw(id: number): void {
    const pending = this.#pending.take(id);
    pending?.reject(ClipError.wrap(pending.signal.reason, "cancelled"));
  }

  #send(message: ToIndex, transfer: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  #start(): void {
    const { workerUrl, spec } = this.#options;
    const worker = new Worker(workerUrl, { type: "module", name: "index" });
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<FromIndex>) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#died(event.message);
    };
    this.#send({ type: "open", spec });
  }

  #hear(message: FromIndex): void {
    switch (message.type) {
      case "opened":
        return this.#begin(message.status, message.built);
      case "refused": {
        const { kind, message: text } = ClipError.fromData(message.error);
        const error = message.key === undefined
          ? new ClipError(kind, text)
          : new KeyError(kind, message.key, text);
        if (!this.#opened) this.#first.reject(error);
        return this.#died(text);
      }
      case "answer":
        return this.#pending.take(message.id)?.resolve(message.answer);
      case "failed":
        return this.#pending.take(message.id)?.reject(ClipError.fromData(message.error));
      case "withdrawn":
        return this.#withdraw(message.id);
      case "warning":
        return this.#options.log.warn(message.text);
      case "closed":
        return this.#closed.resolve();
    }
  }

  #begin(status: IndexStatus, built: boolean): void {
    this.#ready = this.#opened = true;
    const { folder } = this.#options.spec;
    this.#options.log.debug(`Index of ${status.documents} documents`, { folder });
    if (built) {
      this.#options.log.warn(
        "The graph of the index is built anew from its documents: searches are slower meanwhile",
        { folder },
      );
    }
    this.#first.resolve(status);
  }

  /** The thread is gone, and with it what was with it and not answered: that may be done or not. */
  #died(reason: string): void {
    this.#end();
    const error = new ClipError("unavailable", `The index failed: ${reason}. Try again`);
    this.#pending.rejectAll(error);
    if (this.#closing) return this.#closed.resolve();
    // What cannot be opened at all is for those to mend who start the server.
    if (!this.#opened) return this.#first.reject(error);
    const pause = Math.min(MOST_BACKOFF_MS, LEAST_BACKOFF_MS * 2 ** this.#deaths++);
    this.#options.log.error(`The index's thread ended (${reason}): it is started anew`, {
      in_ms: pause,
    });
    this.#restart = setTimeout(() => this.#start(), pause);
  }

  #end(): void {
    this.#ready = false;
    // Nothing that it still says is heard.
    if (this.#worker) this.#worker.onmessage = this.#worker.onerror = null;
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#restart);
    if (this.#worker) {
      this.#send({ type: "close" });
      await this.#closed.promise;
    }
    this.#end();
    const error = new ClipError("unavailable", "The index is closed");
    this.#pending.rejectAll(error);
    await this.#options.onClosed();
  }
}
