// deno-lint-ignore-file no-console -- a bench prints its results
/**
 * Prints for each image of a folder whether our crops have the very bytes that Pillow gives.
 *
 *     deno run -A bench/image_exactness.ts [INDEX.json [FOLDER [RAW]]]
 *
 * INDEX comes from `tools/pillow_crops.py`; with RAW, the folder of its raw crops, a difference is
 * also measured. Without arguments the test fixtures are used.
 */
import { createHash } from "node:crypto";
import { cropRgb } from "../src/model/image.ts";

interface Entry {
  file: string;
  mode?: string;
  size?: [number, number];
  crops?: Record<string, string>;
  error?: string;
}

const fixtures = new URL("../tests/fixtures/images/", import.meta.url).pathname;
const [indexPath = `${fixtures}index.json`, folder = `${fixtures}files`, raw] = Deno.args;
const { images } = JSON.parse(await Deno.readTextFile(indexPath)) as { images: Entry[] };

function difference(ours: Uint8Array, theirs: Uint8Array): string {
  let [changed, worst, sum] = [0, 0, 0];
  for (let i = 0; i < ours.length; i++) {
    const delta = Math.abs(ours[i]! - theirs[i]!);
    if (delta > 0) changed++;
    worst = Math.max(worst, delta);
    sum += delta;
  }
  const share = (100 * changed / ours.length).toFixed(1);
  return `${share} % of bytes, at most ${worst}, mean ${(sum / ours.length).toFixed(3)}`;
}

let [exact, different, refused, wrong] = [0, 0, 0, 0];
for (const entry of images) {
  const bytes = await Deno.readFile(`${folder}/${entry.file}`);
  const what = `${entry.file.padEnd(36)} ${(entry.mode ?? "-").padEnd(5)} ${
    (entry.size?.join("x") ?? "").padEnd(11)
  }`;
  const notes: string[] = [];
  for (const [size, sha] of Object.entries(entry.crops ?? { "224": "" })) {
    try {
      const crop = await cropRgb(bytes, Number(size));
      if (sha === "") notes.push("read, but Pillow refuses it");
      else if (createHash("sha256").update(crop).digest("hex") !== sha) {
        const theirs = raw === undefined
          ? undefined
          : await Deno.readFile(`${raw}/${entry.file}.${size}.rgb`);
        notes.push(theirs === undefined ? size : `${size}: ${difference(crop, theirs)}`);
      }
    } catch (thrown) {
      const error = thrown as Error;
      if (entry.error === undefined) notes.push(`refused, but Pillow reads it: ${error.message}`);
      else {
        refused++;
        console.log(`${what} refused  ${error.name}: ${error.message}  [Pillow: ${entry.error}]`);
      }
      break;
    }
  }
  if (notes.length > 0 && (entry.error !== undefined || notes[0]!.startsWith("refused"))) wrong++;
  else if (notes.length > 0) different++;
  else if (entry.crops !== undefined) exact++;
  if (notes.length > 0) console.log(`${what} DIFFERS  ${notes.join("; ")} ${entry.error ?? ""}`);
  else if (entry.crops !== undefined) console.log(`${what} exact    ${Object.keys(entry.crops)}`);
}
console.log(
  `\n${exact} exact at every size, ${different} different, ${refused} refused as by Pillow, ` +
    `${wrong} read or refused against Pillow`,
);
