/** The JPEG frame header: size and number of colour components. */
import type { ImageHeader, PixelMode } from "./pixels.ts";
import { ByteReader } from "./reader.ts";
import { unidentified, unreadable } from "./reject.ts";

const MODES: Readonly<Record<number, PixelMode>> = { 1: "L", 3: "RGB", 4: "CMYK" };

/** Start-of-frame markers: C0 to CF without DHT (C4), JPG (C8) and DAC (CC). */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Walks the markers up to the first scan. EXIF orientation and ICC profiles are not looked at. */
export function readJpegHeader(bytes: Uint8Array): ImageHeader {
  const reader = new ByteReader(bytes, "big");
  reader.skip(2);
  let header: ImageHeader | undefined;
  while (true) {
    if (reader.u8() !== 0xff) continue;
    let marker = reader.u8();
    while (marker === 0xff) marker = reader.u8();
    if (marker === 0xda) break;
    if (marker === 0xd9) throw unidentified("the JPEG file ends before its pixels");
    // Escaped bytes, restart and start marks have no length.
    if (marker === 0x00 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue;
    const length = reader.u16();
    const segment = new ByteReader(reader.take(Math.max(length - 2, 0)), "big");
    if (!isFrame(marker)) continue;
    const precision = segment.u8();
    const height = segment.u16();
    const width = segment.u16();
    const components = segment.u8();
    if (precision !== 8) throw unreadable(`its JPEG samples have ${precision} bits, 8 are read`);
    const mode = MODES[components];
    if (mode === undefined) throw unidentified(`a JPEG file with ${components} components`);
    const progressive = (marker & 3) === 2;
    header = { width, height, mode, ...(progressive ? { progressive } : {}) };
  }
  if (header === undefined) throw unidentified("the JPEG file has no frame header");
  return header;
}
