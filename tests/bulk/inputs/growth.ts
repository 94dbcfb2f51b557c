/** By how much a process grows that reads an input: one of its own, as tests run beside each other. */
import { fileURLToPath } from "node:url";
import { output } from "../../../bench/peers/environment.ts";

const CHILD = fileURLToPath(new URL("growth_child.ts", import.meta.url));

/** Rows of an input, and bytes of memory that reading them took. */
export async function growthOf(path: string): Promise<{ rows: number; bytes: number }> {
  return JSON.parse(await output(Deno.execPath(), ["run", "-A", "--no-check", CHILD, path]));
}
