/** A folder with something of everything that the commands read. */
import { join } from "node:path";
import { BLUE_SQUARE, RED_CIRCLE } from "./shape_pictures.ts";

/** The folder; `await using` removes it. */
export interface BulkSamples extends AsyncDisposable {
  folder: string;
  /** A path in it. */
  path(name: string): string;
}

/**
 * `photos/circle.png` and `photos/square.png`, `captions.txt` with three lines, `captions.csv` with
 * the columns `caption` and `n`.
 */
export async function bulkSamples(): Promise<BulkSamples> {
  const folder = await Deno.makeTempDir();
  const path = (name: string) => join(folder, name);
  await Deno.mkdir(path("photos"));
  await Deno.writeFile(path("photos/circle.png"), RED_CIRCLE);
  await Deno.writeFile(path("photos/square.png"), BLUE_SQUARE);
  await Deno.writeTextFile(path("captions.txt"), "a red circle\na blue square\na green star\n");
  await Deno.writeTextFile(path("captions.csv"), "caption,n\na red circle,1\na blue square,2\n");
  return {
    folder,
    path,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
