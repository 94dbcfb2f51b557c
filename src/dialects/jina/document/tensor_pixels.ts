/** Images that clients send as arrays of numbers. */
import { ClipError } from "../../../errors.ts";
import type { RawPixels } from "../../../model/item.ts";
import type { NdArray } from "./document.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { denseBytes, readNumbers } from "./nd_array.ts";

/** Side of the images that docarray takes a flat array for: MNIST's. */
const FLAT_SIDE = 28;

/**
 * Converts an image tensor as docarray does (0.21, `document/mixins/image.py`): cast to uint8 as
 * numpy casts (fractions cut off, wrapped at 256: floats in 0..1 come out black), dimensions of 1
 * dropped, then `[H, W, 3]` is RGB, `[H, W, 4]` RGBA whose alpha is dropped, `[H, W, 2]` gray and
 * alpha, `[H, W]` gray, and `[784]` a 28×28 gray image with its rows mirrored, which is what
 * docarray's writer makes of it. Unlike docarray, which takes a picture of one row for a gray one of
 * three columns, a last axis of 3 or 4 behind two others is always that of the channels.
 *
 * @returns pixels; a view of the tensor's buffer where nothing had to be converted.
 * @throws {ClipError} document: any other shape, `[C, H, W]` among them; not a number type.
 */
export function* tensorToPixels(tensor: NdArray, slices: Slices): Sliced<RawPixels> {
  // The shape first: nothing is read or allocated for a tensor that cannot be an image.
  const shape = significant(tensor.shape);
  const [height = 0, width = 0, channels = 1] = shape;
  if (shape.length === 1) {
    if (!isFlat(shape)) throw fault(tensor);
    return {
      data: mirrored(yield* castToUint8(tensor, slices)),
      width: FLAT_SIDE,
      height: FLAT_SIDE,
      channels: 1,
    };
  }
  if (
    shape.length < 2 || shape.length > 3 || height === 0 || width === 0 ||
    (shape.length === 3 && channels !== 2 && channels !== 3 && channels !== 4)
  ) {
    throw fault(tensor);
  }
  const data = yield* castToUint8(tensor, slices);
  if (channels === 2) return { data: yield* keep(data, 2, 1, slices), width, height, channels: 1 };
  if (channels === 4) return { data: yield* keep(data, 4, 3, slices), width, height, channels: 3 };
  return { data, width, height, channels: channels === 3 ? 3 : 1 };
}

/** The shape without what says nothing: dimensions of 1 that are neither height nor width. */
function significant(shape: readonly number[]): number[] {
  const larger = shape.filter((size) => size !== 1);
  const channels = shape.at(-1);
  const inColor = channels === 3 || channels === 4;
  if (
    shape.length < 2 || (shape.length === 2 || !inColor) && (larger.length > 1 || isFlat(larger))
  ) {
    return larger;
  }
  if (shape.length === 2) return [...shape];
  if (!inColor && channels !== 1) return larger;
  // Height and width are the two before the channels, or larger ones before those.
  const axes = shape.slice(0, -1);
  while (axes.length > 2 && axes.includes(1)) axes.splice(axes.indexOf(1), 1);
  return inColor ? [...axes, channels] : axes;
}

function isFlat(shape: readonly number[]): boolean {
  return shape.length === 1 && shape[0] === FLAT_SIDE * FLAT_SIDE;
}

/** Elements that are converted at a time: a multiple of all numbers of channels. */
const PIECE = 12 << 12;

/** numpy's `astype(uint8)`. */
function* castToUint8(tensor: NdArray, slices: Slices): Sliced<Uint8Array> {
  const { bytes, type } = denseBytes(tensor);
  if (type.size === 1) return bytes;
  const count = bytes.length / type.size;
  const cast = new Uint8Array(count);
  // An integer wrapped at 256 is its lowest byte.
  const lowest = type.littleEndian ? 0 : type.size - 1;
  for (let from = 0; from < count; from += PIECE) {
    const to = Math.min(from + PIECE, count);
    if (type.kind === "f") {
      const buffer = bytes.subarray(from * type.size, to * type.size);
      cast.set(readNumbers({ ...tensor, buffer, shape: [to - from] }), from);
    } else for (let i = from; i < to; i++) cast[i] = bytes[i * type.size + lowest]!;
    if (slices.spent((to - from) * 4)) yield;
  }
  return cast;
}

/** The first `kept` of every `channels` bytes. */
function* keep(
  data: Uint8Array,
  channels: number,
  kept: number,
  slices: Slices,
): Sliced<Uint8Array> {
  const out = new Uint8Array(data.length / channels * kept);
  for (let from = 0, to = 0; from < data.length;) {
    const stop = Math.min(from + PIECE, data.length);
    for (; from < stop; from += channels) {
      for (let c = 0; c < kept; c++) out[to++] = data[from + c]!;
    }
    if (slices.spent(PIECE * 2)) yield;
  }
  return out;
}

function mirrored(data: Uint8Array): Uint8Array {
  const out = data.slice();
  for (let row = 0; row < FLAT_SIDE; row++) {
    out.subarray(row * FLAT_SIDE, (row + 1) * FLAT_SIDE).reverse();
  }
  return out;
}

function fault(tensor: NdArray): ClipError {
  const [channels] = tensor.shape;
  const hint = tensor.shape.length === 3 && (channels === 3 || channels === 1)
    ? "; move the channels to the end"
    : "";
  return new ClipError(
    "document",
    `Cannot make an image of the tensor as its shape is [${
      tensor.shape.slice(0, 8).join(", ")
    }]: expected [height, width, 3], [height, width, 4] or [height, width]${hint}`,
  );
}
