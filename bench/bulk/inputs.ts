/** What the jobs embed: captions, a line each, and photos in folders, always the same. */
import { join } from "node:path";
import { Work } from "../serving/work.ts";
import { Captions } from "./captions.ts";

/** What is embedded. */
export type Kind = "captions" | "photos";

/** Inputs of one round. */
export interface Slice {
  /** Where they begin in the whole, and how many they are. */
  from: number;
  count: number;
  /** A text file, or a folder of JPEGs of 640 × 480. */
  path: string;
}

/** Writes the inputs of all rounds below a folder. What an earlier run wrote stays. */
export async function writeSlices(
  folder: string,
  kind: Kind,
  { count, rounds }: { count: number; rounds: number },
): Promise<Slice[]> {
  await Deno.mkdir(folder, { recursive: true });
  const slices = cuts(count, rounds).map(([from, to]): Slice => {
    const name = `${kind}-${from}-${to}${kind === "captions" ? ".txt" : ""}`;
    return { from, count: to - from, path: join(folder, name) };
  });
  for (const slice of slices) {
    if (await Deno.stat(slice.path).catch(() => undefined) !== undefined) continue;
    const part = { ...slice, path: `${slice.path}.part` };
    await (kind === "captions" ? writeCaptions : writePhotos)(part);
    await Deno.rename(part.path, slice.path);
  }
  return slices;
}

/** `[from, to)` of so many parts, as alike as they can be; none is empty. */
export function cuts(count: number, parts: number): [from: number, to: number][] {
  const at = (part: number) => Math.floor(count * part / parts);
  return Array.from({ length: parts }, (_, part): [number, number] => [at(part), at(part + 1)])
    .filter(([from, to]) => to > from);
}

async function writeCaptions({ from, count, path }: Slice): Promise<void> {
  const captions = new Captions();
  const lines = Array.from({ length: count }, (_, i) => `${captions.text(from + i)}\n`);
  await Deno.writeTextFile(path, lines.join(""));
}

async function writePhotos({ from, count, path }: Slice): Promise<void> {
  const work = await Work.make();
  await Deno.mkdir(path, { recursive: true });
  for (let i = from; i < from + count; i++) {
    await Deno.writeFile(join(path, `${String(i).padStart(6, "0")}.jpg`), work.image(i));
  }
}
