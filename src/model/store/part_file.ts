/**
 * A download that is not finished: `<target>.part` and, beside it, what is needed to continue it.
 * Nothing ever loads a file by that name.
 */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { ClipError } from "../../errors.ts";
import { formatBytes } from "./sizes.ts";

interface Origin {
  url: string;
  /** A strong ETag or a Last-Modified date, for `If-Range`. */
  validator?: string;
}

/** An unfinished download on disk. */
export class PartFile {
  readonly path: string;
  readonly target: string;

  /** @param target Where the finished file goes. */
  constructor(target: string) {
    this.target = target;
    this.path = `${target}.part`;
  }

  get #originPath(): string {
    return `${this.path}.json`;
  }

  /** Bytes on disk. */
  async size(): Promise<number> {
    const info = await Deno.stat(this.path).catch(() => undefined);
    return info?.isFile ? info.size : 0;
  }

  /**
   * Where to go on for `url`: the bytes there are and the validator that they belong to. A part of
   * something else is discarded.
   */
  async resume(url: string): Promise<{ size: number; validator?: string }> {
    const size = await this.size();
    if (size === 0) return { size: 0 };
    const origin = await this.#readOrigin();
    if (origin?.url !== url) {
      await this.discard();
      return { size: 0 };
    }
    return { size, ...(origin.validator === undefined ? {} : { validator: origin.validator }) };
  }

  async #readOrigin(): Promise<Origin | undefined> {
    try {
      const value = JSON.parse(await Deno.readTextFile(this.#originPath)) as Partial<Origin> | null;
      if (typeof value?.url !== "string") return undefined;
      return {
        url: value.url,
        ...(typeof value.validator === "string" ? { validator: value.validator } : {}),
      };
    } catch {
      return undefined;
    }
  }

  /** Opens the file for writing, at its end or, when `fresh`, emptied. */
  async open(origin: Origin, fresh: boolean): Promise<Deno.FsFile> {
    return await onDisk(this.target, async () => {
      await Deno.writeTextFile(this.#originPath, JSON.stringify(origin));
      return await Deno.open(this.path, {
        create: true,
        write: fresh,
        append: !fresh,
        truncate: fresh,
      });
    });
  }

  /** Removes what there is. */
  async discard(): Promise<void> {
    await Deno.remove(this.path).catch(() => {});
    await Deno.remove(this.#originPath).catch(() => {});
  }

  /** Gives the finished file its name: in one step, so that it is there whole or not at all. */
  async commit(): Promise<void> {
    await onDisk(this.target, () => Deno.rename(this.path, this.target));
    await Deno.remove(this.#originPath).catch(() => {});
  }
}

/**
 * Runs a disk operation, turning a full or read-only disk into a sentence.
 *
 * @throws {ClipError} `model`.
 */
export async function onDisk<Result>(
  target: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw diskTrouble(target, error) ?? error;
  }
}

function diskTrouble(target: string, error: unknown): ClipError | undefined {
  const code = (error as { code?: string } | null)?.code;
  const folder = dirname(target);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ClipError(
      "model",
      `The disk is full: cannot write "${target}". Free some space, or set CLIPLINE_CACHE to a ` +
        "folder on another disk. What has been downloaded so far is kept and continued",
      { cause: error },
    );
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "ENOTDIR") {
    return new ClipError(
      "model",
      `Cannot write to the cache folder "${folder}" (${code}). ` +
        "Set CLIPLINE_CACHE to a folder that can be written to",
      { cause: error },
    );
  }
  return undefined;
}

/** Bytes free for this user on the disk that holds `folder`. */
export async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * Refuses a download that cannot fit, before gigabytes of it have come.
 *
 * @throws {ClipError} `model`.
 */
export async function requireSpace(
  target: string,
  needed: number,
  freeBytes: (folder: string) => Promise<number>,
): Promise<void> {
  const folder = dirname(target);
  // Not every file system can tell; then the write itself finds out.
  const free = await freeBytes(folder).catch(() => Infinity);
  if (needed <= free) return;
  throw new ClipError(
    "model",
    `The disk is full: "${target}" needs ${formatBytes(needed)} more, and ` +
      `${formatBytes(free)} are free. Free some space, or set CLIPLINE_CACHE to a folder on ` +
      "another disk",
  );
}
