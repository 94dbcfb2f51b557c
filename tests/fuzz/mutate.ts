/** Inputs made from inputs: what is nearly right reaches further than what is random. */
import type { SeededRandom } from "../support/seeded_random.ts";

/** Longer inputs are cut: what is wanted is many, not large ones. */
export const MAX_INPUT_BYTES = 64 * 1024;

/** Numbers at which lengths, counts and signs go over. */
const EDGES = [
  0,
  1,
  2,
  0x7e,
  0x7f,
  0x80,
  0xff,
  0x100,
  0x7fff,
  0x8000,
  0xffff,
  0x7fffffff,
  0xffffffff,
];

type Mutation = (
  bytes: Uint8Array,
  random: SeededRandom,
  others: readonly Uint8Array[],
) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  setNumber,
  setVarint,
  insert,
  remove,
  truncate,
  duplicate,
  splice,
  crossOver,
  changeDigits,
];

/** One to eight changes of an input, with pieces of the others. */
export function mutate(
  bytes: Uint8Array,
  random: SeededRandom,
  others: readonly Uint8Array[],
): Uint8Array {
  let out = bytes;
  for (let left = 1 << random.below(4); left > 0; left--) {
    out = MUTATIONS[random.below(MUTATIONS.length)]!(out, random, others);
  }
  return out.slice(0, MAX_INPUT_BYTES);
}

function flipBit(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const out = bytes.slice();
  if (out.length > 0) out[random.below(out.length)]! ^= 1 << random.below(8);
  return out;
}

function setByte(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const out = bytes.slice();
  if (out.length > 0) out[random.below(out.length)] = random.below(256);
  return out;
}

/** A length field of one, two or four bytes, of either order. */
function setNumber(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const out = bytes.slice();
  const size = 1 << random.below(3);
  if (out.length < size) return out;
  const view = new DataView(out.buffer);
  const at = random.below(out.length - size + 1);
  const value = EDGES[random.below(EDGES.length)]!;
  const little = random.below(2) === 0;
  if (size === 1) view.setUint8(at, value);
  else if (size === 2) view.setUint16(at, value, little);
  else view.setUint32(at, value, little);
  return out;
}

/** A length or tag of protobuf. */
function setVarint(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const varint: number[] = [];
  let value = EDGES[random.below(EDGES.length)]!;
  for (; value > 0x7f; value = Math.floor(value / 128)) varint.push(value % 128 | 0x80);
  varint.push(value);
  const at = random.below(bytes.length + 1);
  return joined(bytes.subarray(0, at), Uint8Array.from(varint), bytes.subarray(at + 1));
}

function insert(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const at = random.below(bytes.length + 1);
  const piece = Uint8Array.from({ length: 1 + random.below(8) }, () => random.below(256));
  return joined(bytes.subarray(0, at), piece, bytes.subarray(at));
}

function remove(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const at = random.below(bytes.length + 1);
  return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16)));
}

function truncate(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  return bytes.slice(0, random.below(bytes.length + 1));
}

/** A piece again, up to a thousand times. */
function duplicate(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const piece = pieceOf(bytes, random, 32);
  const times = 1 << random.below(11);
  const at = random.below(bytes.length + 1);
  const repeated = new Uint8Array(Math.min(piece.length * times, MAX_INPUT_BYTES));
  for (let i = 0; i < repeated.length; i++) repeated[i] = piece[i % piece.length]!;
  return joined(bytes.subarray(0, at), repeated, bytes.subarray(at));
}

/** A piece of another input in place of one here. */
function splice(
  bytes: Uint8Array,
  random: SeededRandom,
  others: readonly Uint8Array[],
): Uint8Array {
  const piece = pieceOf(others[random.below(others.length)]!, random, 256);
  const at = random.below(bytes.length + 1);
  const gone = random.below(2) === 0 ? 0 : piece.length;
  return joined(bytes.subarray(0, at), piece, bytes.subarray(at + gone));
}

/** The beginning of this and the end of another. */
function crossOver(
  bytes: Uint8Array,
  random: SeededRandom,
  others: readonly Uint8Array[],
): Uint8Array {
  const other = others[random.below(others.length)]!;
  return joined(
    bytes.subarray(0, random.below(bytes.length + 1)),
    other.subarray(random.below(other.length + 1)),
  );
}

/** Another number where one is written in digits. */
function changeDigits(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const numbers = [...new TextDecoder("latin1").decode(bytes).matchAll(/[0-9]+/g)];
  const found = numbers[random.below(numbers.length)];
  if (!found) return bytes;
  const value = EDGES[random.below(EDGES.length)]!;
  const written = ["", "-", "1e", "0."][random.below(4)]! + value;
  const { index } = found;
  return joined(
    bytes.subarray(0, index),
    new TextEncoder().encode(written),
    bytes.subarray(index + found[0].length),
  );
}

function pieceOf(bytes: Uint8Array, random: SeededRandom, most: number): Uint8Array {
  const at = random.below(bytes.length + 1);
  return bytes.subarray(at, at + 1 + random.below(most));
}

function joined(...pieces: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
