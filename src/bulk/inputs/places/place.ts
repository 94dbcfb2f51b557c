/** Where the files of an input lie, behind one interface: a disk, or the buckets of an object store. */
import type { RandomAccess } from "./random_access.ts";

/** What a walk finds: a file, or what stands where one is expected. */
export interface Found {
  /** Below the root, with `/` between names. */
  path: string;
  /** Why it cannot be read. */
  trouble?: string;
  /** It is a folder that cannot be read. */
  folder?: true;
  /** What the place knows of the file already. */
  known?: KnownFile;
}

/** What is known of a file. */
export interface KnownFile {
  /** Bytes. */
  size: number;
  /** Changes with the content, where the place tells; else empty. */
  version: string;
}

/** What of a folder is walked. */
export interface WalkOptions {
  /** Names down from the root: 1 for the files in it. */
  depth: number;
  /** Hidden names are walked too. */
  hidden: boolean;
  /** Paths that do not begin so need not be found. */
  start: string;
}

/** Addresses as texts: what can be said of them without looking. */
export interface Addresses {
  /** The same for every way in which one file can be named. */
  absolute(address: string): string;
  /** A file's address as people see it. */
  plain(address: string): string;
  /** A folder's address as `join` takes it. */
  folder(address: string): string;
  /** The folder that a file lies in. */
  folderOf(address: string): string;
  /** What lies in a folder. @param path with `/` between names; its names are taken as they are. */
  join(folder: string, path: string): string;
  /** What `join` makes the address of together with `path`, its end. */
  without(address: string, path: string): string;
  /** The deepest folder that all lie in. @param folders absolute. */
  meeting(folders: readonly string[]): string;
  /** The path of an address below a folder, both absolute; empty for the folder itself. */
  below(folder: string, address: string): string;
  /** What a table in a folder means by a path; undefined for what is none. */
  referred(folder: string, reference: string): string | undefined;
}

/** A file that can be read. */
export interface PlacedFile extends KnownFile {
  /**
   * Its bytes from the first on, in pieces that are the reader's own.
   * @param most about so many are needed.
   * @throws {Error} with the reason, if it cannot be read any more; {ClipError} "unavailable" or
   * "config" if nothing can be read there any more; the signal's reason.
   */
  chunks(signal: AbortSignal, most?: number): AsyncGenerator<Uint8Array>;
  /** Its bytes, wherever they are asked for. `await using` closes it. */
  access(signal: AbortSignal): Promise<RandomAccess>;
}

/** A disk, or an object store. */
export interface FilePlace {
  readonly addresses: Addresses;
  /** Everything is waited for there: much is asked for at a time. */
  readonly distant: boolean;
  /** Whether there is a file or folder of that very name. */
  isThere(address: string, signal: AbortSignal): Promise<boolean>;
  /** @throws {ClipError} "config" if it is neither, or is not there. */
  lookAt(address: string, signal: AbortSignal): Promise<"file" | "folder">;
  /**
   * All files below a folder, in the order of the code points of their paths.
   * @throws what says why the folder itself cannot be read.
   */
  walk(root: string, options: WalkOptions, signal: AbortSignal): AsyncGenerator<Found>;
  /** Makes sure that a file can be read. @throws {ClipError} "config" if not. */
  open(address: string, known: KnownFile | undefined, signal: AbortSignal): Promise<PlacedFile>;
  /**
   * Reads an image file whole.
   * @throws {ClipError} "document" if it is missing, empty or larger than `maxBytes`, or cannot be
   * read; "unavailable" or "config" if nothing can be read there any more.
   */
  readImage(address: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array>;
}
