/** The first directory of a TIFF file: size and sample layout -> Pillow's mode. */
import type { ImageHeader, PixelMode } from "./pixels.ts";
import { ByteReader } from "./reader.ts";
import { unidentified, unreadable } from "./reject.ts";

const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  orientation: 274,
  samples: 277,
  planar: 284,
  tileWidth: 322,
  extraSamples: 338,
  sampleFormat: 339,
} as const;

/** Bytes of the integer field types that the tags above use: BYTE, SHORT, LONG. */
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4 };
/** More values than any tag read here has. */
const MAX_VALUES = 16;
const YCBCR = 6;
/** JPEG as in the TIFF 6.0 text: always luminance and chrominance. */
const OLD_JPEG = 6;

function readTags(bytes: Uint8Array): Map<number, number[]> {
  const reader = new ByteReader(bytes, bytes[0] === 0x49 ? "little" : "big");
  reader.skip(2);
  if (reader.u16() !== 42) throw unreadable("BigTIFF files are not supported");
  reader.at = reader.u32();
  const tags = new Map<number, number[]>();
  for (let count = reader.u16(); count > 0; count--) {
    const tag = reader.u16();
    const size = TYPE_BYTES[reader.u16()];
    const values = reader.u32();
    const next = reader.skip(4) + 4;
    if (size !== undefined && values <= MAX_VALUES) {
      reader.at -= 4;
      if (size * values > 4) reader.at = reader.u32();
      const read = size === 1
        ? () => reader.u8()
        : size === 2
        ? () => reader.u16()
        : () => reader.u32();
      tags.set(tag, Array.from({ length: values }, read));
    }
    reader.at = next;
  }
  return tags;
}

/** `photometric/bits of each sample/extra samples` for unsigned samples -> mode. */
const MODES: readonly (readonly [RegExp, PixelMode, boolean?])[] = [
  [/^[01]\/1\/$/, "nearest"],
  [/^[01]\/[248]\/$/, "L"],
  [/^[01]\/(12|16)\/$/, "I;16"],
  [/^1\/8,8\/2$/, "RGBA"],
  [/^2\/(8,8,8|16,16,16)\/$/, "RGB"],
  [/^2\/(8,8,8,8|16,16,16,16)\/0$/, "RGB", true],
  [/^2\/(8,8,8,8|16,16,16,16)\/(1|2|999)?$/, "RGBA"],
  [/^3\/[1248]\/$/, "nearest"],
  [/^5\/8,8,8,8\/$/, "CMYK"],
  [/^6\/8,8,8\/$/, "RGB"],
];

/** Reads the first directory; other pages are not looked at. */
export function readTiffHeader(bytes: Uint8Array): ImageHeader {
  const tags = readTags(bytes);
  const one = (tag: number, otherwise: number): number => tags.get(tag)?.[0] ?? otherwise;
  const width = one(TAG.width, 0);
  const height = one(TAG.height, 0);
  const oldJpeg = one(TAG.compression, 1) === OLD_JPEG;
  const photometric = oldJpeg ? 6 : one(TAG.photometric, 0);
  const samples = one(TAG.samples, oldJpeg ? 3 : 1);
  let bits = tags.get(TAG.bits) ?? [1];
  if (bits.length === 1 && samples <= MAX_VALUES) bits = Array(samples).fill(bits[0]);
  bits = bits.slice(0, samples);
  const extra = tags.get(TAG.extraSamples) ?? [];
  if ((tags.get(TAG.sampleFormat) ?? []).some((format) => format !== 1)) {
    throw unreadable("signed and floating-point TIFF samples are not supported");
  }
  const key = `${photometric}/${bits.join()}/${extra.join()}`;
  const found = MODES.find(([pattern]) => pattern.test(key));
  if (found === undefined) {
    throw unidentified(
      `a TIFF file of photometric interpretation ${photometric} with samples of ${
        bits.join(", ")
      } ` +
        `bits${extra.length > 0 ? ` and extra samples ${extra.join(", ")}` : ""} is not supported`,
    );
  }
  const apart = tags.has(TAG.tileWidth) && one(TAG.planar, 1) === 2 &&
    [3, 4].includes(samples) && bits.every((depth) => depth === 8) &&
    photometric !== YCBCR && (found[1] === "RGB" ? samples === 3 : true);
  const orientation = one(TAG.orientation, 1);
  return {
    width,
    height,
    mode: found[1],
    dropsAlpha: found[2] === true,
    orientation: orientation > 8 ? 1 : orientation,
    ...(apart ? { planes: samples } : {}),
  };
}
