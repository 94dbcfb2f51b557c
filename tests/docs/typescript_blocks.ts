/** Programs in TypeScript on the pages, and the check of their types. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { CodeBlock } from "./code_blocks.ts";
import { ROOT } from "./demo_program.ts";

/** What programs import as the npm package that is made of it. */
const CLIENT = new URL("../../client/mod.ts", import.meta.url).href;

/** A block's program, which imports the client from where it lies here. */
export function typeScript({ text }: CodeBlock): string {
  return text.replaceAll('"clipline-client"', JSON.stringify(CLIENT));
}

/** The file in a folder that a block's program is written to: its name says where the block is. */
export function programFile({ file, line }: CodeBlock, folder: string): string {
  return join(folder, `${file.replaceAll("/", "_")}_${line}.ts`);
}

/**
 * Checks the types of all of them at once: nearly all of the work is the client that each imports.
 * @param folder for their files; must exist
 * @throws {Error} with the compiler's words, if a program is wrong.
 */
export async function assertTyped(blocks: readonly CodeBlock[], folder: string): Promise<void> {
  const files = blocks.map((block) => programFile(block, folder));
  for (const [i, block] of blocks.entries()) await Deno.writeTextFile(files[i]!, typeScript(block));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--config", join(ROOT, "deno.json"), ...files],
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}
