/** Files on the disk of who runs the job. */
import { dirname, join, normalize, relative, resolve } from "node:path";
import { ClipError } from "../../../errors.ts";
import { fileTrouble } from "../../../file_trouble.ts";
import { fromFileUrl } from "../../../service/uri/file_path.ts";
import { readChunks } from "../files/chunks.ts";
import { readImageFile } from "../images/image_file.ts";
import { FileAccess } from "./file_access.ts";
import type { Addresses, FilePlace } from "./place.ts";
import { walk } from "./walk.ts";

/** Paths. */
const PATHS: Addresses = {
  absolute: (path) => resolve(path),
  plain: (path) => normalize(path),
  folder: (path) => path,
  folderOf: (path) => dirname(path),
  join: (folder, path) => join(folder, path),
  without: (address, path) => address.slice(0, address.length - path.length),
  meeting: meetingPoint,
  below: (folder, path) => slashed(relative(folder, path)),
  referred(folder, reference) {
    const path = /^file:/i.test(reference) ? fromFileUrl(reference) : resolve(folder, reference);
    return path === undefined || path.includes("\0") ? undefined : path;
  },
};

/** The disk. */
export const DISK: FilePlace = {
  addresses: PATHS,
  distant: false,
  isThere: (path) => Deno.lstat(path).then(() => true, () => false),
  async lookAt(path) {
    let info: Deno.FileInfo;
    try {
      info = await Deno.stat(path);
    } catch (thrown) {
      throw new ClipError("config", `Cannot read '${path}': ${fileTrouble(thrown)}`);
    }
    if (info.isDirectory) return "folder";
    if (info.isFile) return "file";
    throw new ClipError("config", `Cannot read '${path}': it is neither a file nor a folder`);
  },
  walk,
  async open(path) {
    return {
      size: await sizeOfReadable(path),
      version: "",
      chunks: (signal) => readChunks(path, signal),
      access: () => FileAccess.open(path),
    };
  },
  readImage: (path, maxBytes) => readImageFile(path, maxBytes),
};

/** @throws {ClipError} "config" if it cannot be read: better now than after hours. */
async function sizeOfReadable(path: string): Promise<number> {
  try {
    using file = await Deno.open(path, { read: true });
    return (await file.stat()).size;
  } catch (thrown) {
    throw new ClipError("config", `Cannot read '${path}': ${fileTrouble(thrown)}`);
  }
}

function meetingPoint(folders: readonly string[]): string {
  let top = folders[0] ?? "/";
  for (const folder of folders) {
    while (top !== dirname(top) && !`${join(folder, "/")}`.startsWith(join(top, "/"))) {
      top = dirname(top);
    }
  }
  return top;
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
