/**
 * PNG files that libpng refuses and Pillow reads: pixels that end early (what is missing is 0), a
 * file whose last bytes are lost, chunks of other programs' own.
 */
import { Buffer } from "node:buffer";
import { constants, crc32, deflateSync, inflateSync } from "node:zlib";
import { ByteReader } from "./reader.ts";

/** Samples a pixel, by colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** More than this after the last row is no PNG file. */
const SLACK = 65_536;

/**
 * More bytes of rows are not mended: they are held four times over, and a file of a hundred bytes may
 * say that it has half a gigabyte of them.
 */
const MAX_ROW_BYTES = 64 * 2 ** 20;

/** What the pixels of a file depend on. */
interface Parts {
  header: Uint8Array;
  palette: Uint8Array | undefined;
  pixels: Uint8Array[];
}

/** Reads the chunks as far as there are any; checksums are not looked at. */
function partsOf(bytes: Uint8Array): Parts | undefined {
  const reader = new ByteReader(bytes, "big");
  reader.skip(8);
  let header: Uint8Array | undefined;
  let palette: Uint8Array | undefined;
  const pixels: Uint8Array[] = [];
  while (reader.at + 8 <= bytes.length) {
    const length = reader.u32();
    const name = String.fromCharCode(...reader.take(4));
    const data = reader.takeUpTo(length);
    reader.takeUpTo(4);
    if (name === "IEND") break;
    if (name === "IHDR") header ??= data;
    else if (name === "PLTE") palette ??= data;
    else if (name === "IDAT") pixels.push(data);
  }
  return header === undefined || header.length < 13 ? undefined : { header, palette, pixels };
}

/** The unpacked rows, padded with zeros if the packed ones end in order; undefined if they do not. */
function rowsOf(packed: Uint8Array, rowBytes: number, height: number): Uint8Array | undefined {
  const total = rowBytes * height;
  const options = { maxOutputLength: total + SLACK };
  let rows: Uint8Array | undefined;
  try {
    rows = inflateSync(packed, options);
  } catch {
    // Cut off: it will do if all rows are there.
    try {
      const some = inflateSync(packed, { ...options, finishFlush: constants.Z_SYNC_FLUSH });
      if (some.length >= total) rows = some;
    } catch {
      return undefined;
    }
  }
  if (rows === undefined || rows.length >= total) return rows?.subarray(0, total);
  const padded = new Uint8Array(total);
  // A row that is there in part does not count.
  padded.set(rows.subarray(0, Math.floor(rows.length / rowBytes) * rowBytes));
  return padded;
}

function chunk(name: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(data.length + 12);
  out.writeUInt32BE(data.length, 0);
  out.write(name, 4, "latin1");
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

/**
 * A PNG file of the same pixels without what libpng stumbles over, for a file that it refused;
 * undefined if nothing can be done. Its size was found to be within the limits before. Interlaced
 * files and those of more than 64 MiB of rows are left as they are.
 */
export function plainPng(bytes: Uint8Array): Uint8Array | undefined {
  const parts = partsOf(bytes);
  if (parts === undefined) return undefined;
  const { header, palette, pixels } = parts;
  const fields = new ByteReader(header, "big");
  const [width, height, depth, color] = [fields.u32(), fields.u32(), fields.u8(), fields.u8()];
  if (header[12] !== 0) return undefined;
  const rowBytes = 1 + Math.ceil((width * (SAMPLES[color] ?? 0) * depth) / 8);
  if (rowBytes * height > MAX_ROW_BYTES) return undefined;
  const rows = rowsOf(Buffer.concat(pixels), rowBytes, height);
  if (rows === undefined) return undefined;
  return Buffer.concat([
    bytes.subarray(0, 8),
    chunk("IHDR", header),
    ...(palette === undefined ? [] : [chunk("PLTE", palette)]),
    chunk("IDAT", deflateSync(rows, { level: 0 })),
    chunk("IEND", new Uint8Array(0)),
  ]);
}
