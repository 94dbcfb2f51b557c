/** Objects of buckets as files, prefixes as folders. */
import { ClipError } from "../../../errors.ts";
import { parseObjectAddress } from "../../../storage/object_address.ts";
import { type ObjectStore, StoreError } from "../../../storage/object_store.ts";
import type { ObjectStores } from "../../../storage/open_store.ts";
import { OBJECT_ADDRESSES } from "./bucket_addresses.ts";
import { ObjectAccess } from "./object_access.ts";
import type { FilePlace, Found, KnownFile, PlacedFile, WalkOptions } from "./place.ts";
import type { RandomAccess } from "./random_access.ts";

/** Objects that may be closed before one has been read: then all of them are, and the job is to end. */
const MOST_CLOSED = 16;

/** The buckets that the environment leads to. */
export class Buckets implements FilePlace {
  readonly addresses = OBJECT_ADDRESSES;
  readonly distant = true;
  readonly #openStores: () => Promise<ObjectStores>;
  #stores: Promise<ObjectStores> | undefined;
  #hasRead = false;
  #closed = 0;

  /** @param openStores called when the first object is asked for. */
  constructor(openStores: () => Promise<ObjectStores>) {
    this.#openStores = openStores;
  }

  async isThere(address: string, signal: AbortSignal): Promise<boolean> {
    const { store, key } = await this.#at(address);
    return key !== "" && await store.head(key, signal) !== undefined;
  }

  async lookAt(address: string, signal: AbortSignal): Promise<"file" | "folder"> {
    const { store, key } = await this.#at(address);
    if (key !== "" && !key.endsWith("/") && await store.head(key, signal) !== undefined) {
      return "file";
    }
    const prefix = key === "" || key.endsWith("/") ? key : `${key}/`;
    for await (const _ of store.list(prefix, signal)) return "folder";
    throw new ClipError("config", `Cannot read '${address}': there is no such object or prefix`);
  }

  async *walk(root: string, options: WalkOptions, signal: AbortSignal): AsyncGenerator<Found> {
    const { store, key } = await this.#at(root);
    const prefix = key === "" ? "" : `${key}/`;
    const shallow = options.depth === 1;
    for await (const object of store.list(prefix + options.start, signal, { shallow })) {
      const path = object.key.slice(prefix.length);
      // What ends with a slash stands for a folder, in tools that show some.
      if (path === "" || path.endsWith("/")) continue;
      const names = path.split("/");
      if (names.length > options.depth) continue;
      if (!options.hidden && names.some((name) => name.startsWith("."))) continue;
      const known = { size: object.bytes, version: object.etag };
      if (!path.includes("\0")) yield { path, known };
      else yield { path: path.replaceAll("\0", "\ufffd"), trouble: "there is a NUL in its key" };
    }
  }

  async open(
    address: string,
    known: KnownFile | undefined,
    signal: AbortSignal,
  ): Promise<PlacedFile> {
    const { store, key } = await this.#at(address);
    const { size, version } = known ?? await lookAtObject(store, key, address, signal);
    return {
      size,
      version,
      chunks: (signal, most) => this.#chunks(store, key, { end: most, etag: version }, signal),
      access: (signal) => Promise.resolve(this.#access(store, key, { size, version }, signal)),
    };
  }

  async readImage(address: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const fail = (why: string) => new ClipError("document", `Cannot read '${address}': ${why}`);
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    try {
      const { store, key } = await this.#at(address);
      for await (const piece of store.read(key, {}, signal)) {
        this.#hasRead = true;
        length += piece.length;
        if (length > maxBytes) throw fail(`it is larger than ${maxBytes} bytes`);
        pieces.push(piece);
      }
    } catch (thrown) {
      // A table may name what it likes: that is no fault of the others that it names.
      if (
        this.#isOfObject(thrown) || thrown instanceof StoreError && thrown.fault === "no_bucket"
      ) {
        throw fail(thrown.reason);
      }
      throw thrown;
    }
    if (length === 0) throw fail("it is empty");
    return joined(pieces, length);
  }

  async *#chunks(
    store: ObjectStore,
    key: string,
    { end, etag }: { end: number | undefined; etag: string },
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const range = { etag, ...(end === undefined ? {} : { end }) };
    try {
      for await (const piece of store.read(key, range, signal)) {
        this.#hasRead = true;
        yield piece;
      }
    } catch (thrown) {
      throw this.#isOfObject(thrown) ? new Error(thrown.reason) : thrown;
    }
  }

  #access(
    store: ObjectStore,
    key: string,
    { size, version }: KnownFile,
    signal: AbortSignal,
  ): RandomAccess {
    return new ObjectAccess(size, async (start, end) => {
      const bytes = new Uint8Array(end - start);
      let at = 0;
      try {
        for await (const piece of store.read(key, { start, end, etag: version }, signal)) {
          this.#hasRead = true;
          bytes.set(piece, at);
          at += piece.length;
        }
      } catch (thrown) {
        throw this.#isOfObject(thrown) ? new Error(thrown.reason) : thrown;
      }
      if (at < bytes.length) throw new Error("it became shorter");
      return bytes;
    });
  }

  /** Whether it is a fault of that one object, and others may well be read. */
  #isOfObject(thrown: unknown): thrown is StoreError {
    if (!(thrown instanceof StoreError) || !OF_OBJECT.has(thrown.fault)) return false;
    if (thrown.fault !== "denied" || this.#hasRead) return true;
    return ++this.#closed < MOST_CLOSED;
  }

  async #at(address: string): Promise<{ store: ObjectStore; key: string }> {
    const { bucket, key, ...account } = parseObjectAddress(address);
    this.#stores ??= this.#openStores();
    const stores = await (await this.#stores).of(account);
    return { store: stores.bucket(bucket), key };
  }
}

const OF_OBJECT = new Set(["missing", "changed", "denied", "archived", "unnameable"]);

async function lookAtObject(
  store: ObjectStore,
  key: string,
  address: string,
  signal: AbortSignal,
): Promise<KnownFile> {
  const found = await store.head(key, signal);
  if (found === undefined) {
    throw new ClipError("config", `Cannot read '${address}': it is not there`);
  }
  return { size: found.bytes, version: found.etag };
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
