/**
 * Matrices as numpy's `.npy` files, version 1.0 (numpy@2.3.5 `numpy/lib/_format_impl.py`): the same
 * bytes that `numpy.save` writes.
 */
import { ClipError } from "../../errors.ts";

/** How a number lies in a file. */
export type Dtype = "float32" | "float16";

/** Bytes of a number. */
export const BYTES_OF: Readonly<Record<Dtype, number>> = { float32: 4, float16: 2 };

const DESCR: Readonly<Record<Dtype, string>> = { float32: "<f4", float16: "<f2" };

/** Bytes in front of the numbers: of every matrix that there can be, as numpy pads them. */
export const NPY_HEADER_BYTES = 128;

/** Magic, version and the length of the rest. */
const PREFIX_BYTES = 10;

/** numpy leaves room for the first number of the shape to grow to so many digits. */
const GROWTH_DIGITS = 21;

/** The first 128 bytes of a matrix `[rows, columns]`. */
export function npyHeader(dtype: Dtype, rows: number, columns: number): Uint8Array {
  const room = " ".repeat(GROWTH_DIGITS - String(rows).length);
  const text = `{'descr': '${DESCR[dtype]}', 'fortran_order': False, ` +
    `'shape': (${rows}, ${columns}), }${room}`;
  const header = new Uint8Array(NPY_HEADER_BYTES).fill(" ".charCodeAt(0));
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(header.buffer).setUint16(8, NPY_HEADER_BYTES - PREFIX_BYTES, true);
  header.set(new TextEncoder().encode(text), PREFIX_BYTES);
  header[NPY_HEADER_BYTES - 1] = "\n".charCodeAt(0);
  return header;
}

/** What a header says. */
export interface NpyShape {
  dtype: Dtype;
  rows: number;
  columns: number;
}

/**
 * Reads a header that `npyHeader` wrote.
 * @param name the file, for the error.
 * @throws {ClipError} "invalid" if it is another.
 */
export function readNpyHeader(header: Uint8Array, name: string): NpyShape {
  const text = new TextDecoder("latin1").decode(header.subarray(PREFIX_BYTES));
  const match = /^\{'descr': '<f([24])', .*'shape': \((\d+), (\d+)\), \} *\n$/.exec(text);
  if (match === null) throw new ClipError("invalid", `${name} is no file that encode wrote`);
  return {
    dtype: match[1] === "4" ? "float32" : "float16",
    rows: Number(match[2]),
    columns: Number(match[3]),
  };
}
