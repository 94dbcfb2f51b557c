/** By how much a process grows that reads an input: one of its own, as tests run beside each other. */
import { fileURLToPath } from "node:url";
import { output } from "../../../bench/peers/environment.ts";

/** A heap that is collected early: what is left is what is held, not what nobody has looked for. */
const HEAP = "--v8-flags=--max-semi-space-size=8,--max-old-space-size=96";

const CHILD = fileURLToPath(new URL("growth_child.ts", import.meta.url));

/** Rows of an input, and bytes of memory that reading them took. */
export async function growthOf(path: string): Promise<{ rows: number; bytes: number }> {
  return JSON.parse(await output(Deno.execPath(), ["run", "-A", "--no-check", HEAP, CHILD, path]));
}
