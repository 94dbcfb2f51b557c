/**
 * How large an AVIF's picture is, by its boxes (ISO/IEC 14496-12, sections 4.2 and 8.11): the pixels
 * lie in a box of their own and are passed over.
 */
import { ByteReader, EndOfData } from "./reader.ts";

/** What decides how much it takes to decode it. */
export interface AvifHeader {
  width: number;
  height: number;
  /** Whether samples have more than eight bits. */
  deep: boolean;
}

/** Boxes that hold no headers: pixels, and room that is not used. */
const WITHOUT_HEADERS: ReadonlySet<number> = new Set(["mdat", "free", "skip", "ftyp"].map(number));
/** Boxes that are passed over; files have three or four. */
const MOST_BOXES = 64;
/** Bytes that are looked through: metadata is some hundred. */
const SEARCHED_BYTES = 1024 * 1024;

const EXTENTS = number("ispe");
const CONFIGURATION = number("av1C");
/** Of the third byte of a configuration (AV1 in ISOBMFF, section 2.3.3). */
const HIGH_BITDEPTH = 0x40;

/**
 * The largest "image spatial extents" property: of the picture, or of what it is put together.
 * @throws {EndOfData} where none is found.
 */
export function readAvifHeader(bytes: Uint8Array): AvifHeader {
  const header: AvifHeader = { width: 0, height: 0, deep: false };
  let left = SEARCHED_BYTES;
  for (const box of boxesWithHeaders(bytes)) {
    search(box.subarray(0, left), header);
    left = Math.max(0, left - box.length);
  }
  if (header.width === 0) throw new EndOfData();
  return header;
}

/** The boxes of a file that may have headers, whole; of a broken file also what follows the break. */
function* boxesWithHeaders(bytes: Uint8Array): Generator<Uint8Array> {
  const reader = new ByteReader(bytes, "big");
  for (let box = 0; box < MOST_BOXES && reader.at + 8 <= bytes.length; box++) {
    const start = reader.at;
    const small = reader.u32();
    const type = reader.u32();
    const size = small === 0
      ? bytes.length - start
      : small === 1 && reader.at + 8 <= bytes.length
      ? reader.u32() * 2 ** 32 + reader.u32()
      : small;
    if (size < 8) return yield bytes.subarray(start);
    const end = Math.min(bytes.length, start + size);
    if (!WITHOUT_HEADERS.has(type)) yield bytes.subarray(start, end);
    reader.at = end;
  }
  yield bytes.subarray(reader.at);
}

/** Properties lie some boxes deep, at places that only their neighbours tell: looked for by name. */
function search(box: Uint8Array, header: AvifHeader): void {
  const view = new DataView(box.buffer, box.byteOffset, box.length);
  let last = 0;
  for (let at = 0; at + 12 < box.length; at++) {
    last = last << 8 | box[at]!;
    if (last === CONFIGURATION && (box[at + 3]! & HIGH_BITDEPTH) !== 0) header.deep = true;
    if (last !== EXTENTS) continue;
    const [width, height] = [view.getUint32(at + 5), view.getUint32(at + 9)];
    if (width * height > header.width * header.height) Object.assign(header, { width, height });
  }
}

/** A box's name as it is compared. */
function number(name: string): number {
  return [...name].reduce((sum, letter) => sum << 8 | letter.charCodeAt(0), 0);
}
