/**
 * The directory of a ZIP archive (PKWARE APPNOTE 6.3.9), Zip64 included. Sizes come from here only:
 * PyTorch's local headers hold zeros.
 */

import { type ByteSource, checkRange } from "./byte_source.ts";
import { quote, refuse } from "../refuse.ts";
import { unpackLimit } from "./spool.ts";

const END_SIGNATURE = 0x06054b50;
const END64_SIGNATURE = 0x06064b50;
const LOCATOR64_SIGNATURE = 0x07064b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const LOCATOR64_BYTES = 20;
const LOCAL_BYTES = 30;
const ENTRY_BYTES = 46;
const MAX_COMMENT_BYTES = 0xffff;
/** RN50x64's archive, the largest, has about 200 kB. */
const MAX_DIRECTORY_BYTES = 32 * 2 ** 20;
/** One file of an archive. Sizes and offsets in bytes. */
export interface ZipMember {
  readonly name: string;
  readonly deflated: boolean;
  readonly crc: number;
  /** As kept in the archive. */
  readonly packedSize: number;
  /** As unpacked. */
  readonly size: number;
  /** Of the first data byte. */
  readonly dataOffset: number;
}

interface Entry extends Omit<ZipMember, "dataOffset"> {
  readonly headerOffset: number;
  readonly encrypted: boolean;
  readonly method: number;
}

/**
 * Reads the directory and finds every member's data.
 *
 * @throws {ClipError} if the archive is broken, encrypted, in parts, a bomb, or members overlap
 */
export function readMembers(source: ByteSource): Map<string, ZipMember> {
  const directory = findDirectory(source);
  const entries = readEntries(source, directory);
  const members = new Map<string, ZipMember>();
  let previousEnd = 0;
  let previousName = "";
  for (const entry of entries.sort((a, b) => a.headerOffset - b.headerOffset)) {
    const member = locate(source, entry);
    if (entry.headerOffset < previousEnd) {
      throw refuse(
        source.label,
        `its members ${quote(previousName)} and ${
          quote(entry.name)
        } overlap: it is broken or hostile`,
      );
    }
    previousEnd = member.dataOffset + member.packedSize;
    previousName = entry.name;
    if (previousEnd > directory.offset) {
      throw refuse(
        source.label,
        `its member ${quote(entry.name)} overlaps the archive's directory`,
      );
    }
    if (members.has(entry.name)) {
      throw refuse(source.label, `it has two members named ${quote(entry.name)}`);
    }
    members.set(entry.name, member);
  }
  return members;
}

interface Directory {
  offset: number;
  size: number;
  count: number;
}

function findDirectory(source: ByteSource): Directory {
  const tailBytes = Math.min(source.size, END_BYTES + MAX_COMMENT_BYTES);
  const tailOffset = source.size - tailBytes;
  const tail = view(source.read(tailOffset, tailBytes));
  for (let at = tailBytes - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END_SIGNATURE) continue;
    // The signature may occur inside the comment: the real record's comment ends with the file.
    if (at + END_BYTES + tail.getUint16(at + 20, true) !== tailBytes) continue;
    const end = tailOffset + at;
    const disk = tail.getUint16(at + 4, true);
    const found = {
      count: tail.getUint16(at + 10, true),
      size: tail.getUint32(at + 12, true),
      offset: tail.getUint32(at + 16, true),
    };
    if (disk !== 0 && disk !== 0xffff) {
      throw refuse(source.label, "it is one part of a split archive");
    }
    const needs64 = found.count === 0xffff || found.size === 0xffffffff ||
      found.offset === 0xffffffff;
    const [directory, limit] = needs64 ? findDirectory64(source, end) : [found, end];
    checkRange(source, directory.offset, directory.size, "the archive's directory");
    if (directory.offset + directory.size > limit) {
      throw refuse(source.label, "the archive's directory overlaps its end record");
    }
    if (directory.size > MAX_DIRECTORY_BYTES || directory.count * ENTRY_BYTES > directory.size) {
      throw refuse(
        source.label,
        `the archive's directory claims ${directory.count} members in ${directory.size} bytes`,
      );
    }
    return directory;
  }
  throw refuse(source.label, "it starts as a ZIP archive but has no end record: it is cut off");
}

function findDirectory64(source: ByteSource, end: number): [Directory, number] {
  checkRange(source, end - LOCATOR64_BYTES, LOCATOR64_BYTES, "the Zip64 locator");
  const locator = view(source.read(end - LOCATOR64_BYTES, LOCATOR64_BYTES));
  if (locator.getUint32(0, true) !== LOCATOR64_SIGNATURE) {
    throw refuse(source.label, "the archive's Zip64 locator is missing");
  }
  const at = uint64(locator, 8);
  checkRange(source, at, 56, "the Zip64 end record");
  const record = view(source.read(at, 56));
  if (record.getUint32(0, true) !== END64_SIGNATURE) {
    throw refuse(source.label, "the archive's Zip64 end record is missing");
  }
  const directory = {
    count: uint64(record, 32),
    size: uint64(record, 40),
    offset: uint64(record, 48),
  };
  return [directory, at];
}

function readEntries(source: ByteSource, directory: Directory): Entry[] {
  const bytes = source.read(directory.offset, directory.size);
  const data = view(bytes);
  const entries: Entry[] = [];
  let at = 0;
  for (let i = 0; i < directory.count; i++) {
    if (at + ENTRY_BYTES > bytes.length || data.getUint32(at, true) !== ENTRY_SIGNATURE) {
      throw refuse(source.label, `entry ${i} of the archive's directory is broken`);
    }
    const nameBytes = data.getUint16(at + 28, true);
    const extraBytes = data.getUint16(at + 30, true);
    const next = at + ENTRY_BYTES + nameBytes + extraBytes + data.getUint16(at + 32, true);
    if (next > bytes.length) {
      throw refuse(source.label, `entry ${i} of the archive's directory is cut off`);
    }
    const nameAt = at + ENTRY_BYTES;
    const name = new TextDecoder().decode(bytes.subarray(nameAt, nameAt + nameBytes));
    const extra = data64(data, nameAt + nameBytes, extraBytes, {
      size: data.getUint32(at + 24, true),
      packedSize: data.getUint32(at + 20, true),
      headerOffset: data.getUint32(at + 42, true),
    }, () => refuse(source.label, `the Zip64 field of member ${quote(name)} is cut off`));
    const method = data.getUint16(at + 10, true);
    entries.push({
      name,
      method,
      deflated: method === 8,
      encrypted: (data.getUint16(at + 8, true) & 1) !== 0,
      crc: data.getUint32(at + 16, true),
      ...extra,
    });
    at = next;
  }
  return entries;
}

/** Replaces the sizes that say "see the Zip64 field" (extra id 1) by what stands there. */
function data64(
  data: DataView,
  start: number,
  length: number,
  short: { size: number; packedSize: number; headerOffset: number },
  cutOff: () => Error,
): { size: number; packedSize: number; headerOffset: number } {
  const wanted = (["size", "packedSize", "headerOffset"] as const)
    .filter((key) => short[key] === 0xffffffff);
  if (wanted.length === 0) return short;
  for (let at = start; at + 4 <= start + length;) {
    const id = data.getUint16(at, true);
    const bytes = data.getUint16(at + 2, true);
    if (id === 1) {
      if (bytes < wanted.length * 8 || at + 4 + bytes > start + length) throw cutOff();
      const long = { ...short };
      wanted.forEach((key, i) => long[key] = uint64(data, at + 4 + i * 8));
      return long;
    }
    at += 4 + bytes;
  }
  // A size of exactly 2^32 - 1 without the field is possible, if never seen.
  return short;
}

function locate(source: ByteSource, entry: Entry): ZipMember {
  if (entry.encrypted) throw refuse(source.label, `its member ${quote(entry.name)} is encrypted`);
  if (entry.method !== 0 && entry.method !== 8) {
    throw refuse(
      source.label,
      `its member ${
        quote(entry.name)
      } uses compression method ${entry.method}: wanted 0 (stored) or 8 (deflate)`,
    );
  }
  checkRange(source, entry.headerOffset, LOCAL_BYTES, `the header of member ${quote(entry.name)}`);
  const local = view(source.read(entry.headerOffset, LOCAL_BYTES));
  if (local.getUint32(0, true) !== LOCAL_SIGNATURE) {
    throw refuse(
      source.label,
      `the header of member ${quote(entry.name)} is not where it should be`,
    );
  }
  const dataOffset = entry.headerOffset + LOCAL_BYTES + local.getUint16(26, true) +
    local.getUint16(28, true);
  checkRange(source, dataOffset, entry.packedSize, `member ${quote(entry.name)}`);
  if (!entry.deflated && entry.packedSize !== entry.size) {
    throw refuse(
      source.label,
      `its stored member ${
        quote(entry.name)
      } claims ${entry.size} bytes but keeps ${entry.packedSize}`,
    );
  }
  if (entry.deflated && entry.size > unpackLimit(entry.packedSize)) {
    throw refuse(
      source.label,
      `its member ${quote(entry.name)} claims that ${entry.packedSize} bytes unpack to ` +
        `${entry.size}: refused as a decompression bomb`,
    );
  }
  return {
    name: entry.name,
    deflated: entry.deflated,
    crc: entry.crc,
    packedSize: entry.packedSize,
    size: entry.size,
    dataOffset,
  };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function uint64(data: DataView, at: number): number {
  // Values beyond 2^53 lose their last bits and then fail the range check, which is all we need.
  return Number(data.getBigUint64(at, true));
}
