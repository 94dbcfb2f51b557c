/** All targets, and their seeds. */
import { DECODERS } from "./decoders.ts";
import { PORTS } from "./ports.ts";
import type { TargetMaker } from "./target.ts";

/** In the order in which they are fuzzed. */
export const TARGETS: readonly TargetMaker[] = [...DECODERS, ...PORTS];

/** The inputs that a target begins with: the files of `seeds/NAME/`. */
export async function seedsOf(name: string): Promise<Uint8Array[]> {
  const directory = new URL(`seeds/${name}/`, import.meta.url);
  const names = (await Array.fromAsync(Deno.readDir(directory), (entry) => entry.name)).sort();
  return await Promise.all(names.map((file) => Deno.readFile(new URL(file, directory))));
}
