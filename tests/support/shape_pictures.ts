/** Pictures of what the demo model knows: a coloured shape on white, as PNG files. */
import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";

/** Size of the pictures. */
export const PICTURE = { width: 64, height: 48 };

/** A red circle. */
export const RED_CIRCLE = picture((x, y) => x * x + y * y < 19 * 19, [220, 30, 30]);

/** A blue square. */
export const BLUE_SQUARE = picture(
  (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 17,
  [30, 60, 220],
);

/** A file as a data URI. */
export function dataUri(png: Uint8Array): string {
  return `data:image/png;base64,${png.toBase64()}`;
}

/** @param inside whether a place, from the middle on, belongs to the shape. */
function picture(
  inside: (x: number, y: number) => boolean,
  colour: readonly [number, number, number],
): Uint8Array<ArrayBuffer> {
  const { width, height } = PICTURE;
  const rows = Array.from({ length: height }, (_, y) => [
    0,
    ...Array.from(
      { length: width },
      (_, x) => inside(x - width / 2 + 0.5, y - height / 2 + 0.5) ? colour : [255, 255, 255],
    ).flat(),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return new Uint8Array(Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Uint8Array.from(rows.flat()))),
    chunk("IEND", Buffer.alloc(0)),
  ]));
}

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
