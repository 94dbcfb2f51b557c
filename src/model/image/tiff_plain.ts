/**
 * TIFF files as libtiff takes them. It refuses, or is slow with, what no pixel depends on and Pillow
 * does not look at: a broken resolution unit or orientation, fields of unknown types, profiles, a
 * next directory that is not there or that are a million.
 */
const ORIENTATION = 274;
const PLANAR_CONFIGURATION = 284;
const SEPARATE = 2;
const SHORT = 3;
const LONG = 4;
const BITS_PER_SAMPLE = 258;
const PHOTOMETRIC = 262;
const MIN_IS_BLACK = 1;
const SAMPLES_PER_PIXEL = 277;
const TILE_OFFSETS = 324;
const TILE_BYTE_COUNTS = 325;
/** Fields that a plane by itself does not have: extra samples, sample formats, ink set. */
const OF_ALL_PLANES: ReadonlySet<number> = new Set([332, 338, 339]);

/** The fields that say how pixels are stored; all others are left out. */
const STORAGE = new Set([
  256, // ImageWidth
  257, // ImageLength
  258, // BitsPerSample
  259, // Compression
  262, // PhotometricInterpretation
  266, // FillOrder
  273, // StripOffsets
  ORIENTATION,
  277, // SamplesPerPixel
  278, // RowsPerStrip
  279, // StripByteCounts
  PLANAR_CONFIGURATION,
  292, // T4Options
  293, // T6Options
  317, // Predictor
  320, // ColorMap
  322, // TileWidth
  323, // TileLength
  324, // TileOffsets
  325, // TileByteCounts
  332, // InkSet
  338, // ExtraSamples
  339, // SampleFormat
  347, // JPEGTables
  512, // JPEGProc, and what else belongs to JPEG in the TIFF 6.0 text
  513,
  514,
  515,
  517,
  518,
  519,
  520,
  521,
  529, // YCbCrCoefficients
  530, // YCbCrSubSampling
  531, // YCbCrPositioning
  532, // ReferenceBlackWhite
]);

const ENTRY_BYTES = 12;

/** One plane of a file whose samples lie in separate ones. */
export interface Plane {
  index: number;
  /** How many there are. */
  planes: number;
}

/**
 * A copy of a TIFF file whose first directory, the only one, has the fields that its pixels depend
 * on; or of one plane of it (in tiles, 8 bits a sample), as a gray picture. `readTiffHeader` has read
 * it before, so it lies inside of the file.
 */
export function plainTiff(bytes: Uint8Array, plane?: Plane): Uint8Array {
  const little = bytes[0] === 0x49;
  // Not by `slice`: a Buffer's gives a view.
  const plain = new Uint8Array(bytes);
  const view = new DataView(plain.buffer);
  const at = view.getUint32(4, little);
  const count = view.getUint16(at, little);
  let to = at + 2;
  for (let i = 0, from = to; i < count; i++, from += ENTRY_BYTES) {
    const tag = view.getUint16(from, little);
    if (!STORAGE.has(tag)) continue;
    const long = view.getUint16(from + 2, little) === LONG;
    const value = long ? view.getUint32(from + 8, little) : view.getUint16(from + 8, little);
    if (tag === ORIENTATION && (value < 1 || value > 8)) continue;
    if (tag === PLANAR_CONFIGURATION && (value !== SEPARATE || plane)) continue;
    if (plane && OF_ALL_PLANES.has(tag)) continue;
    plain.copyWithin(to, from, from + ENTRY_BYTES);
    if (plane) takePlane(view, to, tag, plane, little);
    to += ENTRY_BYTES;
  }
  view.setUint16(at, (to - at - 2) / ENTRY_BYTES, little);
  // Where the next directory is: none. There was an entry left out, or room for this as for any.
  if (to + 4 <= plain.length) view.setUint32(to, 0, little);
  return plain;
}

/** Changes the field at `at` to what it is for one plane. */
function takePlane(
  view: DataView,
  at: number,
  tag: number,
  { index, planes }: Plane,
  little: boolean,
): void {
  const set = (type: number, count: number, value: number) => {
    view.setUint16(at + 2, type, little);
    view.setUint32(at + 4, count, little);
    if (type === LONG || count > 1) view.setUint32(at + 8, value, little);
    else view.setUint16(at + 8, value, little);
  };
  if (tag === BITS_PER_SAMPLE) set(SHORT, 1, 8);
  else if (tag === PHOTOMETRIC) set(SHORT, 1, MIN_IS_BLACK);
  else if (tag === SAMPLES_PER_PIXEL) set(SHORT, 1, 1);
  else if (tag === TILE_OFFSETS || tag === TILE_BYTE_COUNTS) {
    const type = view.getUint16(at + 2, little);
    const bytes = type === LONG ? 4 : 2;
    const all = view.getUint32(at + 4, little);
    const count = Math.floor(all / planes);
    const first = (all * bytes > 4 ? view.getUint32(at + 8, little) : at + 8) +
      index * count * bytes;
    if (count * bytes > 4) return set(type, count, first);
    // So few that they are in the field itself.
    if (first + 4 > view.byteLength) return;
    const values = view.getUint32(first, false);
    view.setUint32(at + 4, count, little);
    view.setUint32(at + 8, values, false);
  }
}
