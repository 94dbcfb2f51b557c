// deno-lint-ignore-file no-console -- a bench prints its results
/**
 * Times the image transform against Pillow on one core, decode included, in the same run.
 *
 *     taskset -c 0 deno run -A bench/image.ts [FILE...]
 *
 * What is compared is CPU time, threads of both together. Pillow is measured when
 * `/usr/bin/python3` has it. Files: a 640 x 480 and a 3000 x 2000 JPEG unless others are named.
 */
import process from "node:process";
import sharp from "sharp";
import { OPENAI_MEAN, OPENAI_STD } from "../src/checkpoint/configs/image_statistics.ts";
import { DEFAULT_LIMITS, ImageTransform } from "../src/model/image.ts";
import { cropPixels } from "../src/model/image/crop.ts";
import { decodeImage, releasePixels } from "../src/model/image/decode.ts";

const SIZE = 224;
/** Each measurement takes about this long, three times over; the best counts. */
const BUDGET_MS = 700;
const ROUNDS = 3;

/** A photo-like picture: smooth waves, edges and grain, at a camera's JPEG quality. */
async function photo(width: number, height: number): Promise<Uint8Array> {
  const data = new Uint8Array(width * height * 3);
  let noise = 1;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = (x + 2 * y) % 211 < 40 ? 40 : 0;
      for (let c = 0; c < 3; c++) {
        noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
        const wave = 110 * Math.sin(x / (37 + 9 * c)) * Math.cos(y / (53 - 7 * c));
        data[i++] = Math.max(0, Math.min(255, 120 + wave + edge + (noise >>> 28)));
      }
    }
  }
  return await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 88, mozjpeg: false }).toBuffer();
}

/** Milliseconds of the process's CPU time, all threads. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Best mean CPU milliseconds of a call over a few rounds: on a shared machine the steadier clock. */
async function time(call: () => unknown): Promise<number> {
  await call();
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = cpu();
    let count = 0;
    while (count < 3 || cpu() - start < BUDGET_MS) {
      await call();
      count++;
    }
    best = Math.min(best, (cpu() - start) / count);
  }
  return best;
}

const PILLOW = `
import io, sys, time
import numpy as np
from PIL import Image
size, budget, rounds = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
mean = np.array(${JSON.stringify(OPENAI_MEAN)}, "float32"); std = np.array(${
  JSON.stringify(OPENAI_STD)
}, "float32")
def run(data):
    im = Image.open(io.BytesIO(data)); w, h = im.size
    s, l = min(w, h), max(w, h); l = int(size * l / s)
    im = im.resize((size, l) if w <= h else (l, size), Image.BICUBIC); w, h = im.size
    t, f = round((h - size) / 2), round((w - size) / 2)
    im = im.crop((f, t, f + size, t + size)).convert("RGB")
    a = np.asarray(im).astype("float32"); a /= 255; a -= mean; a /= std
    return np.ascontiguousarray(a.transpose(2, 0, 1))
for path in sys.argv[4:]:
    data = open(path, "rb").read(); run(data); best = 1e9
    for _ in range(rounds):
        n, start = 0, time.process_time()
        while n < 3 or time.process_time() - start < budget / 1000: run(data); n += 1
        best = min(best, (time.process_time() - start) / n)
    print(best * 1000)
`;

async function pillow(paths: string[]): Promise<(number | undefined)[]> {
  try {
    const { stdout, success } = await new Deno.Command("/usr/bin/python3", {
      args: ["-c", PILLOW, `${SIZE}`, `${BUDGET_MS}`, `${ROUNDS}`, ...paths],
      stderr: "null",
    }).output();
    if (!success) return [];
    return new TextDecoder().decode(stdout).trim().split("\n").map(Number);
  } catch {
    return [];
  }
}

const folder = await Deno.makeTempDir();
const paths = [...Deno.args];
if (paths.length === 0) {
  for (const [width, height] of [[640, 480], [3000, 2000]] as const) {
    const path = `${folder}/${width}x${height}.jpg`;
    await Deno.writeFile(path, await photo(width, height));
    paths.push(path);
  }
}
const theirs = await pillow(paths);
const transform = new ImageTransform({ size: SIZE });
const out = new Float32Array(new SharedArrayBuffer(transform.length * 4));
for (const [i, path] of paths.entries()) {
  const bytes = await Deno.readFile(path);
  const all = await time(() => transform.transformInto(bytes, out));
  const decode = await time(async () =>
    releasePixels(await decodeImage(bytes, DEFAULT_LIMITS, SIZE))
  );
  const pixels = await decodeImage(bytes, DEFAULT_LIMITS, SIZE);
  const crop = await time(() => cropPixels(pixels, SIZE));
  const other = theirs[i];
  console.log(
    `${path.split("/").at(-1)} (${bytes.length} bytes, ${pixels.width} x ${pixels.height}): ` +
      `${all.toFixed(2)} ms (decode ${decode.toFixed(2)}, resize and crop ${crop.toFixed(2)})` +
      (other === undefined
        ? "; no Pillow here to compare with"
        : `; Pillow ${other.toFixed(2)} ms: ${(other / all).toFixed(2)} times as fast`),
  );
}
await Deno.remove(folder, { recursive: true });
