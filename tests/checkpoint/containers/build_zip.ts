/** ZIP archives for tests, honest or not. */

import { crc32, deflateRawSync } from "node:zlib";

/** A member, and the lies to tell about it. */
export interface BuiltMember {
  name: string;
  data: Uint8Array;
  deflate?: boolean;
  /** Values for the directory that differ from the truth. */
  claim?: Partial<
    { size: number; packedSize: number; offset: number; crc: number; flags: number; method: number }
  >;
}

/** Builds an archive; `zip64` moves all sizes and offsets into Zip64 records. */
export function buildZip(members: readonly BuiltMember[], zip64 = false): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const put = (bytes: Uint8Array) => {
    parts.push(bytes);
    offset += bytes.length;
  };
  const entries: Uint8Array[] = [];
  for (const { name, data, deflate, claim } of members) {
    const label = new TextEncoder().encode(name);
    const packed = deflate ? deflateRawSync(data) : data;
    const fields = {
      size: data.length,
      packedSize: packed.length,
      offset,
      crc: crc32(data),
      flags: 0x0808,
      method: deflate ? 8 : 0,
      ...claim,
    };
    const local = new DataView(new ArrayBuffer(30));
    local.setUint32(0, 0x04034b50, true);
    local.setUint16(6, 0x0808, true);
    local.setUint16(8, fields.method, true);
    local.setUint16(26, label.length, true);
    put(new Uint8Array(local.buffer));
    put(label);
    put(packed);
    const entry = new DataView(new ArrayBuffer(46 + label.length + (zip64 ? 28 : 0)));
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint16(8, fields.flags, true);
    entry.setUint16(10, fields.method, true);
    entry.setUint32(16, fields.crc, true);
    entry.setUint32(20, zip64 ? 0xffffffff : fields.packedSize, true);
    entry.setUint32(24, zip64 ? 0xffffffff : fields.size, true);
    entry.setUint16(28, label.length, true);
    entry.setUint16(30, zip64 ? 28 : 0, true);
    entry.setUint32(42, zip64 ? 0xffffffff : fields.offset, true);
    const bytes = new Uint8Array(entry.buffer);
    bytes.set(label, 46);
    if (zip64) {
      const at = 46 + label.length;
      entry.setUint16(at, 1, true);
      entry.setUint16(at + 2, 24, true);
      entry.setBigUint64(at + 4, BigInt(fields.size), true);
      entry.setBigUint64(at + 12, BigInt(fields.packedSize), true);
      entry.setBigUint64(at + 20, BigInt(fields.offset), true);
    }
    entries.push(bytes);
  }
  const start = offset;
  entries.forEach(put);
  const size = offset - start;
  if (zip64) {
    const end = new DataView(new ArrayBuffer(56 + 20));
    end.setUint32(0, 0x06064b50, true);
    end.setBigUint64(4, 44n, true);
    end.setBigUint64(24, BigInt(members.length), true);
    end.setBigUint64(32, BigInt(members.length), true);
    end.setBigUint64(40, BigInt(size), true);
    end.setBigUint64(48, BigInt(start), true);
    end.setUint32(56, 0x07064b50, true);
    end.setBigUint64(64, BigInt(offset), true);
    put(new Uint8Array(end.buffer));
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, zip64 ? 0xffff : members.length, true);
  end.setUint16(10, zip64 ? 0xffff : members.length, true);
  end.setUint32(12, zip64 ? 0xffffffff : size, true);
  end.setUint32(16, zip64 ? 0xffffffff : start, true);
  put(new Uint8Array(end.buffer));
  const whole = new Uint8Array(offset);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
