/**
 * Remembers the hashes of files that have not changed, so that a second start does not read
 * gigabytes. One small record a file, so that processes never write the same one for two files.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { digestFile, type FileDigests } from "./digest.ts";

/**
 * A file written to less than this before it was hashed is hashed again the next time: a later write
 * could leave the same time stamp.
 */
const TIMESTAMP_GRAIN_MS = 2_000;

interface Identity {
  path: string;
  size: number;
  mtimeMs: number;
  inode: number;
}

interface Record extends Identity, FileDigests {}

/** Hashes files, remembering the results under a cache folder. */
export class DigestMemory {
  readonly #folder: string;

  /** @param cache Clipline's cache folder. */
  constructor(cache: string) {
    this.#folder = join(cache, "verified");
  }

  /**
   * The file's hashes: remembered when path, size, time and inode are as they were, else computed.
   *
   * @throws {Deno.errors.NotFound} and other file errors.
   */
  async digest(path: string, options: { fresh?: boolean; signal?: AbortSignal } = {}): Promise<
    FileDigests
  > {
    const identity = await identify(path);
    if (options.fresh !== true) {
      const known = await this.#recall(identity);
      if (known !== undefined) return known;
    }
    const started = Date.now();
    const digests = await digestFile(path, options.signal);
    if (started - identity.mtimeMs > TIMESTAMP_GRAIN_MS) {
      await this.#remember({ ...identity, ...digests });
    }
    return digests;
  }

  /** Remembers the hashes of a file that this process has just finished writing. */
  async record(path: string, digests: FileDigests): Promise<void> {
    const identity = await identify(path).catch(() => undefined);
    if (identity !== undefined) await this.#remember({ ...identity, ...digests });
  }

  #recordPath(path: string): string {
    return join(this.#folder, `${createHash("sha1").update(path).digest("hex")}.json`);
  }

  async #recall(identity: Identity): Promise<FileDigests | undefined> {
    try {
      const record = JSON.parse(
        await Deno.readTextFile(this.#recordPath(identity.path)),
      ) as Partial<
        Record
      >;
      const same = record.path === identity.path && record.size === identity.size &&
        record.mtimeMs === identity.mtimeMs && record.inode === identity.inode;
      if (!same || !isHex(record.sha256, 64) || !isHex(record.md5, 32)) return undefined;
      return { sha256: record.sha256, md5: record.md5 };
    } catch {
      // No record, or one that cannot be read: the file is hashed again.
      return undefined;
    }
  }

  async #remember(record: Record): Promise<void> {
    const path = this.#recordPath(record.path);
    const temporary = `${path}.${crypto.randomUUID()}`;
    try {
      await Deno.mkdir(this.#folder, { recursive: true });
      await Deno.writeTextFile(temporary, JSON.stringify(record));
      await Deno.rename(temporary, path);
    } catch {
      // A cache that cannot be written to costs time at the next start, nothing else.
    }
  }
}

async function identify(path: string): Promise<Identity> {
  const info = await Deno.stat(path);
  return { path, size: info.size, mtimeMs: info.mtime?.getTime() ?? 0, inode: info.ino ?? 0 };
}

function isHex(value: unknown, length: number): value is string {
  return typeof value === "string" && value.length === length && /^[0-9a-f]+$/.test(value);
}
