/** What the benches embed: real captions, and photo-like pictures, always the same. */
import { gunzipSync } from "node:zlib";
import sharp from "sharp";

const LINES = new URL("../tests/fixtures/tokenizer/tokens.jsonl.gz", import.meta.url);

/** A caption with the token ids that the original tokenizer gives it. */
export interface Caption {
  text: string;
  /** 77 ids, zero padded. */
  ids: readonly number[];
  /** Ids that count, both ends included. */
  length: number;
}

/** The fixture's English captions, in their order. */
export function captions(): Caption[] {
  const lines = new TextDecoder().decode(gunzipSync(Deno.readFileSync(LINES))).trimEnd();
  return lines.split("\n").map((line) => JSON.parse(line))
    .filter(({ category }) => category === "caption_en")
    .map(({ text, ids, n }) => ({ text, ids, length: Math.min(n, ids.length) }));
}

/** A photo-like JPEG: smooth waves, edges and grain, at a camera's quality. */
export async function photo(seed: number, width = 640, height = 480): Promise<Uint8Array> {
  const data = new Uint8Array(width * height * 3);
  let noise = seed;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = (x + (seed % 7) * y) % (151 + 13 * (seed % 5)) < 40 ? 60 : 0;
      for (let c = 0; c < 3; c++) {
        noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
        const wave = 100 * Math.sin(x / (29 + 9 * c + 3 * seed)) *
          Math.cos(y / (61 - 7 * c + seed));
        data[i++] = Math.max(0, Math.min(255, 110 + wave + edge + (noise >>> 28)));
      }
    }
  }
  return await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 88, mozjpeg: false }).toBuffer();
}

/** So many different ones. */
export function photos(count: number): Promise<Uint8Array[]> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  // One at a time: the raw pixels of all would show in the memory that is measured.
  return Array.fromAsync(numbers, (number) => photo(number));
}
