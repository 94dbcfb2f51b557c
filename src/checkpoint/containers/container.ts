/** Opening one checkpoint file: what it is, its content says; its name is not asked. */

import { type ByteSource, FileSource } from "./byte_source.ts";
import type { RawCheckpoint } from "./raw_checkpoint.ts";
import { quote, refuse } from "../refuse.ts";
import { isSafetensors, readSafetensors } from "./safetensors.ts";
import { spool } from "./spool.ts";
import { isTorchLegacy, readTorchLegacy } from "./torch_legacy.ts";
import { readTorchZip } from "./torch_zip.ts";

const HEAD_BYTES = 64;
const ZIP_HEAD = [0x50, 0x4b, 0x03, 0x04];
const GZIP_HEAD = [0x1f, 0x8b];

/** Opens a checkpoint file, gzipped or not. @throws {ClipError} */
export function openContainer(path: string): RawCheckpoint & { readonly gzipped: boolean } {
  let source: ByteSource = FileSource.open(path);
  try {
    const gzipped = startsWith(readHead(source), GZIP_HEAD);
    if (gzipped) source = unpacked(source);
    return { ...readContainer(source), gzipped };
  } catch (error) {
    source.close();
    throw error;
  }
}

function unpacked(packed: ByteSource): ByteSource {
  const file = spool({ source: packed, offset: 0, length: packed.size, format: "gzip" });
  packed.close();
  return file;
}

function readContainer(source: ByteSource): RawCheckpoint {
  const head = readHead(source);
  if (startsWith(head, ZIP_HEAD)) return readTorchZip(source);
  if (isTorchLegacy(head)) return readTorchLegacy(source);
  if (isSafetensors(head)) return readSafetensors(source);
  throw refuse(source.label, unknownFormat(head));
}

function readHead(source: ByteSource): Uint8Array {
  return source.read(0, Math.min(HEAD_BYTES, source.size));
}

function startsWith(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => head[i] === byte);
}

/** The mistakes that people make, by name; the rest by its first bytes. */
function unknownFormat(head: Uint8Array): string {
  const text = new TextDecoder("latin1").decode(head);
  const wanted = "wanted a PyTorch file (.pt, .pth, .bin) or .safetensors";
  if (head.length === 0) return `it is empty: ${wanted}`;
  if (text.startsWith("version https://git-lfs")) {
    return "it is a Git LFS pointer, not the weights: run 'git lfs pull' where it came from";
  }
  if (/^\s*</.test(text)) return `it is a web page, perhaps of a failed download: ${wanted}`;
  if (text.startsWith("PK")) return `it is an empty or split ZIP archive: ${wanted}`;
  if (head[0] === 0x80) return `it is a bare pickle without PyTorch's header: ${wanted}`;
  const start = [...head.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `its format is unknown, it starts with ${start.join(" ")} (${
    quote(text.slice(0, 8))
  }): ${wanted}`;
}
