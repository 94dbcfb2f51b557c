/**
 * The first frame of a GIF as Pillow 9.4 gives it (`GifImagePlugin.py`, `libImaging/GifDecode.c`):
 * palette indices looked up without regard to transparency, which general decoders do not offer
 * since they blank transparent pixels.
 *
 * @see https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
import type { PixelImage } from "./pixels.ts";
import { ByteReader, EndOfData } from "./reader.ts";
import { checkSize, type ImageLimits, unidentified, unreadable } from "./reject.ts";

/** The parts of a GIF file that its first frame needs. */
interface GifFrame {
  /** Canvas size: the screen, enlarged where the frame sticks out. */
  width: number;
  height: number;
  left: number;
  top: number;
  frameWidth: number;
  frameHeight: number;
  interlaced: boolean;
  /** RGB triples, or `undefined` when the indices are gray values themselves. */
  palette: Uint8Array | undefined;
  /** Index that fills the canvas around the frame. */
  background: number;
  /** Bits of a pixel in the compressed data. */
  codeBits: number;
  /** The file's data sub-blocks start here. */
  dataAt: number;
}

/** Pillow treats a palette that maps every index to the like gray as no palette (mode L). */
function isGrayRamp(palette: Uint8Array): boolean {
  return palette.every((value, i) => value === Math.floor(i / 3));
}

function readFrame(bytes: Uint8Array): GifFrame {
  const reader = new ByteReader(bytes, "little");
  reader.skip(6);
  let width = reader.u16();
  let height = reader.u16();
  const flags = reader.u8();
  reader.skip(2);
  let palette = flags & 0x80 ? reader.takeUpTo(3 << ((flags & 7) + 1)) : undefined;
  if (palette !== undefined && isGrayRamp(palette)) palette = undefined;
  let background = 0;

  const block = (): Uint8Array => reader.take(reader.u8());
  while (true) {
    const tag = reader.u8();
    if (tag === 0x3b) throw new EndOfData();
    if (tag === 0x21) {
      const label = reader.u8();
      const data = block();
      // The graphic control extension.
      if (label === 0xf9 && data.length >= 4 && data[0]! & 1) background = data[3]!;
      for (let rest = data; rest.length > 0;) rest = block();
    } else if (tag === 0x2c) {
      const left = reader.u16();
      const top = reader.u16();
      const frameWidth = reader.u16();
      const frameHeight = reader.u16();
      const frameFlags = reader.u8();
      if (frameFlags & 0x80) {
        const local = reader.takeUpTo(3 << ((frameFlags & 7) + 1));
        palette = isGrayRamp(local) ? undefined : local;
      }
      const codeBits = reader.u8();
      width = Math.max(width, left + frameWidth);
      height = Math.max(height, top + frameHeight);
      return {
        width,
        height,
        left,
        top,
        frameWidth,
        frameHeight,
        interlaced: (frameFlags & 0x40) !== 0,
        palette,
        background,
        codeBits,
        dataAt: reader.at,
      };
    }
    // Pillow skips bytes that start no block.
  }
}

/** The data sub-blocks joined, without a last block that the file cuts short. */
function joinBlocks(bytes: Uint8Array, from: number): Uint8Array {
  let total = 0;
  const blocks: Uint8Array[] = [];
  for (let at = from; at < bytes.length;) {
    const length = bytes[at]!;
    if (length === 0 || at + 1 + length > bytes.length) break;
    blocks.push(bytes.subarray(at + 1, at + 1 + length));
    total += length;
    at += 1 + length;
  }
  const joined = new Uint8Array(total);
  let to = 0;
  for (const block of blocks) {
    joined.set(block, to);
    to += block.length;
  }
  return joined;
}

const TABLE_SIZE = 4096;
const MAX_CODE_BITS = 12;

/**
 * Decompresses GIF's LZW until `pixels` values are out.
 *
 * @throws {ClipError} for broken codes and for data that ends early
 */
export function lzwDecode(data: Uint8Array, codeBits: number, pixels: number): Uint8Array {
  if (codeBits > 8) throw unreadable(`its GIF code size is ${codeBits} bits, 8 is the most`);
  // No code stands for more pixels than the table has entries: a few bytes cannot ask for gigabytes.
  if (pixels > ((data.length * 8) / (codeBits + 1)) * TABLE_SIZE) {
    throw unreadable("the GIF file is truncated");
  }
  const clear = 1 << codeBits;
  const suffix = new Uint8Array(TABLE_SIZE);
  const prefix = new Uint16Array(TABLE_SIZE);
  const stack = new Uint8Array(TABLE_SIZE + 1);
  const out = new Uint8Array(pixels);
  let next = clear + 2;
  let size = codeBits + 1;
  let previous = -1;
  let firstOfPrevious = 0;
  let buffer = 0;
  let bits = 0;
  let at = 0;
  let to = 0;
  while (to < pixels) {
    while (bits < size) {
      if (at >= data.length) throw unreadable("the GIF file is truncated");
      buffer |= data[at++]! << bits;
      bits += 8;
    }
    let code = buffer & ((1 << size) - 1);
    buffer >>>= size;
    bits -= size;
    if (code === clear) {
      next = clear + 2;
      size = codeBits + 1;
      previous = -1;
      continue;
    }
    if (code === clear + 1) throw unreadable("the GIF file is truncated");
    if (previous < 0) {
      if (code > clear) throw unreadable("its GIF data stream is broken");
      out[to++] = firstOfPrevious = previous = code;
      continue;
    }
    if (code > next) throw unreadable("its GIF data stream is broken");
    const current = code;
    let depth = 0;
    if (code === next) {
      stack[depth++] = firstOfPrevious;
      code = previous;
    }
    while (code >= clear) {
      if (code >= TABLE_SIZE || depth >= TABLE_SIZE) {
        throw unreadable("its GIF data stream is broken");
      }
      stack[depth++] = suffix[code]!;
      code = prefix[code]!;
    }
    firstOfPrevious = code;
    if (next < TABLE_SIZE) {
      suffix[next] = code;
      prefix[next] = previous;
      if (next === (1 << size) - 1 && size < MAX_CODE_BITS) size++;
      next++;
    }
    previous = current;
    out[to++] = code;
    while (depth > 0 && to < pixels) out[to++] = stack[--depth]!;
  }
  return out;
}

/** Rows of an interlaced frame in the order in which they are stored. */
function* interlacedRows(height: number): Generator<number> {
  for (const [first, step] of [[0, 8], [4, 8], [2, 4], [1, 2]] as const) {
    for (let y = first; y < height; y += step) yield y;
  }
}

/**
 * Decodes the first frame.
 *
 * @returns mode `nearest` with a palette, or `L` for a file without colours
 * @throws {ClipError} for a broken file or one over the limits
 */
export function decodeGif(bytes: Uint8Array, limits: ImageLimits): PixelImage {
  let frame: GifFrame;
  try {
    frame = readFrame(bytes);
  } catch (thrown) {
    if (thrown instanceof EndOfData) throw unidentified("the GIF file ends before its first frame");
    throw thrown;
  }
  const { width, height, left, top, frameWidth, frameHeight, palette } = frame;
  checkSize(width, height, limits);
  if (frameWidth === 0 || frameHeight === 0) throw unreadable("its first GIF frame is empty");
  const data = joinBlocks(bytes, frame.dataAt);
  const indices = lzwDecode(data, frame.codeBits, frameWidth * frameHeight);
  const canvas = new Uint8Array(width * height).fill(frame.background);
  const rows = frame.interlaced ? interlacedRows(frameHeight) : Array(frameHeight).keys();
  let from = 0;
  for (const y of rows) {
    canvas.set(indices.subarray(from, from + frameWidth), (top + y) * width + left);
    from += frameWidth;
  }
  if (palette === undefined) return { mode: "L", width, height, channels: 1, data: canvas };
  return { mode: "nearest", width, height, channels: 1, data: canvas, palette };
}
