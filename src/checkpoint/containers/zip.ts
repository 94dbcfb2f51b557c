/** ZIP archives as PyTorch writes them: reading members, stored or deflated, whole or in part. */

import { crc32, inflateRawSync } from "node:zlib";
import type { ByteSource, FileSource } from "./byte_source.ts";
import { quote, refuse } from "../refuse.ts";
import { spool } from "./spool.ts";
import type { Storage } from "./tensor.ts";
import { readMembers, type ZipMember } from "./zip_directory.ts";

/** Deflated members above this are unpacked to disk instead of to memory. */
const MAX_INFLATE_BYTES = 128 * 2 ** 20;

/** A ZIP archive whose directory was read and checked: no member overlaps another. */
export class ZipArchive {
  readonly members: ReadonlyMap<string, ZipMember>;
  readonly #source: ByteSource;
  readonly #spooled = new Map<string, FileSource>();
  #kept: { name: string; bytes: Uint8Array<ArrayBuffer> } | undefined;

  /** @throws {ClipError} if the archive is broken, hostile, encrypted or in parts */
  constructor(source: ByteSource) {
    this.#source = source;
    this.members = readMembers(source);
  }

  /**
   * A whole member, its checksum verified.
   *
   * @param maxBytes more than this is refused
   */
  readWhole(member: ZipMember, maxBytes: number): Uint8Array<ArrayBuffer> {
    if (member.size > maxBytes) {
      throw refuse(
        this.#source.label,
        `its member ${
          quote(member.name)
        } claims ${member.size} bytes, at most ${maxBytes} are read`,
      );
    }
    return this.#unpack(member);
  }

  /** A member as storage: ranges of a stored one are read straight from the file. */
  storage(member: ZipMember): Storage {
    return {
      read: (offset, length) => {
        if (offset + length > member.size) {
          throw refuse(this.#source.label, `its member ${quote(member.name)} is too short`);
        }
        if (!member.deflated) {
          const bytes = this.#source.read(member.dataOffset + offset, length);
          if (length === member.size) this.#verify(member, bytes);
          return bytes;
        }
        if (member.size > MAX_INFLATE_BYTES) return this.#spool(member).read(offset, length);
        if (length === member.size) return this.#unpack(member);
        // Views of one deflated storage come one after the other: inflate it once for all of them.
        if (this.#kept?.name !== member.name) {
          this.#kept = { name: member.name, bytes: this.#unpack(member) };
        }
        return this.#kept.bytes.slice(offset, offset + length);
      },
    };
  }

  /** Lets go of what was unpacked; the source stays open. */
  close(): void {
    this.#kept = undefined;
    for (const file of this.#spooled.values()) file.close();
    this.#spooled.clear();
  }

  #unpack(member: ZipMember): Uint8Array<ArrayBuffer> {
    const packed = this.#source.read(member.dataOffset, member.packedSize);
    let bytes: Uint8Array<ArrayBuffer> = packed;
    if (member.deflated) {
      try {
        // One byte more than declared is allowed to come out, so that a lie is seen as one.
        const unpacked = inflateRawSync(packed, { maxOutputLength: member.size + 1 });
        bytes = new Uint8Array(unpacked);
      } catch (error) {
        throw refuse(
          this.#source.label,
          `its member ${
            quote(member.name)
          } is broken or larger than the ${member.size} bytes it claims`,
          error,
        );
      }
      if (bytes.length !== member.size) {
        throw refuse(
          this.#source.label,
          `its member ${
            quote(member.name)
          } unpacks to ${bytes.length} bytes instead of ${member.size}`,
        );
      }
    }
    this.#verify(member, bytes);
    return bytes;
  }

  #spool(member: ZipMember): FileSource {
    let file = this.#spooled.get(member.name);
    if (file === undefined) {
      file = spool({
        source: this.#source,
        offset: member.dataOffset,
        length: member.packedSize,
        format: "deflate",
        expected: { size: member.size, crc: member.crc },
      });
      this.#spooled.set(member.name, file);
    }
    return file;
  }

  #verify(member: ZipMember, bytes: Uint8Array): void {
    const crc = crc32(bytes);
    if (crc !== member.crc) {
      throw refuse(
        this.#source.label,
        `its member ${quote(member.name)} has checksum ${hex(crc)}, its directory says ${
          hex(member.crc)
        }: the file is damaged, fetch it again`,
      );
    }
  }
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
