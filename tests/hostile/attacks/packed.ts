/** Bodies that are small on the wire and large when they are unpacked. */
import { createGzip } from "node:zlib";

const UNITS_AT_ONCE = 4096;

/** The gzip of `head`, as many of `unit` as make `bytes` together, and `tail`. */
export async function packedRepeat(
  head: Uint8Array,
  unit: Uint8Array,
  bytes: number,
  tail: Uint8Array,
): Promise<Uint8Array> {
  const gzip = createGzip({ level: 9 });
  const pieces: Uint8Array[] = [];
  const ended = new Promise((resolve) => gzip.on("end", resolve));
  gzip.on("data", (piece: Uint8Array) => pieces.push(piece));
  gzip.write(head);
  const many = new Uint8Array(unit.length * UNITS_AT_ONCE);
  for (let i = 0; i < UNITS_AT_ONCE; i++) many.set(unit, i * unit.length);
  let units = Math.floor(bytes / unit.length);
  for (; units > 0; units -= UNITS_AT_ONCE) {
    const piece = units < UNITS_AT_ONCE ? many.subarray(0, units * unit.length) : many;
    await new Promise((resolve) => gzip.write(piece, resolve));
  }
  gzip.end(tail);
  await ended;
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
