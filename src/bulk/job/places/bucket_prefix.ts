/** The objects of a bucket that a job's output is, by paths below their prefix. */
import { dirname } from "node:path";
import { ClipError } from "../../../errors.ts";
import {
  type ObjectInfo,
  type ObjectStore,
  StoreError,
  type WriteCondition,
} from "../../../storage/object_store.ts";
import { onDisk } from "../../outputs/trouble.ts";

/** Whether a write failed as the object is not what the condition says. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof StoreError && (error.fault === "exists" || error.fault === "changed");
}

function isMissing(error: unknown): boolean {
  return error instanceof StoreError && error.fault === "missing";
}

/** A prefix, without a slash at its end; the whole bucket if it is empty. */
export class BucketPrefix {
  readonly #store: ObjectStore;
  readonly #prefix: string;
  readonly name: string;

  constructor(store: ObjectStore, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
    this.name = prefix === "" ? store.name : `${store.name}/${prefix}`;
  }

  /** A prefix below this one. */
  below(path: string): BucketPrefix {
    return new BucketPrefix(this.#store, this.#key(path));
  }

  nameOf(path: string): string {
    return `${this.name}/${path}`;
  }

  /** All that is below, by paths. */
  async *list(): AsyncGenerator<ObjectInfo & { path: string }> {
    const start = this.#key("");
    for await (const info of this.#store.list(start)) {
      yield { ...info, path: info.key.slice(start.length) };
    }
  }

  /** The names of what stands for folders in it. */
  async *folders(): AsyncGenerator<string> {
    const start = this.#key("");
    for await (const folder of this.#store.folders(start)) yield folder.slice(start.length, -1);
  }

  head(path: string): Promise<ObjectInfo | undefined> {
    return this.#store.head(this.#key(path));
  }

  /** A small object. @throws {ClipError} as `ObjectStore.read`. */
  async readText(path: string, etag: string): Promise<string> {
    return await new Response(this.#store.read(this.#key(path), { etag })).text();
  }

  /** The same of one that may not be there: `undefined` then. */
  async readIfThere(path: string): Promise<string | undefined> {
    try {
      return await new Response(this.#store.read(this.#key(path))).text();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  writeText(path: string, text: string, condition?: WriteCondition): Promise<ObjectInfo> {
    return this.#store.write(this.#key(path), new TextEncoder().encode(text), condition);
  }

  writeFile(path: string, from: string, condition: WriteCondition): Promise<ObjectInfo> {
    return this.#store.writeFile(this.#key(path), from, condition);
  }

  remove(path: string): Promise<void> {
    return this.#store.remove(this.#key(path));
  }

  /** Takes away what uploads left that died in the middle, where the store knows how and allows it. */
  async abandonUploads(): Promise<void> {
    try {
      await this.#store.abandonUploads(this.#key(""));
    } catch (error) {
      // They take room, and are in nobody's way.
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /**
   * Gets an object into a file, whose folder is made if need be.
   * @throws {ClipError} "invalid" if it is not there.
   */
  async fetch(path: string, to: string): Promise<void> {
    await onDisk(to, async () => {
      await Deno.mkdir(dirname(to), { recursive: true });
      const file = await Deno.open(to, { write: true, create: true, truncate: true });
      try {
        await this.#store.read(this.#key(path)).pipeTo(file.writable);
      } catch (error) {
        if (!isMissing(error)) throw error;
        throw new ClipError("invalid", `"${this.nameOf(path)}" is not there`);
      }
    });
  }

  #key(path: string): string {
    return this.#prefix === "" ? path : `${this.#prefix}/${path}`;
  }
}
