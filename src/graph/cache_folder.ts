/** Folders of a cache, looked at without being in the way of who uses them. */
import { join } from "node:path";

/** What a folder holds; nothing if there is none. */
export async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch {
    return [];
  }
}

/** Bytes of the files in a folder; those that go away meanwhile count as nothing. */
export async function bytesOf(folder: string): Promise<number> {
  let sum = 0;
  for (const { name } of await entriesOf(folder)) {
    sum += await Deno.stat(join(folder, name)).then(({ size }) => size, () => 0);
  }
  return sum;
}
