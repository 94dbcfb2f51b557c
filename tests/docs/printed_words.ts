/** What the program may print, as it is written in its source. */
import { join } from "node:path";
import { ROOT } from "./demo_program.ts";

/** Stands for what differs from time to time. */
export const ANYTHING = "…";

/**
 * All of the source as one line: texts in several pieces are put together, and what is filled in is
 * `…`.
 */
export function sourceWords(): string {
  return ["src", "workers"].flatMap((folder) => [...sources(join(ROOT, folder))])
    .map((path) => joined(Deno.readTextFileSync(path)))
    .join("\n");
}

/**
 * The parts of a message that do not differ, but for those that say little. At colons and semicolons
 * a message may be put together of what several files say.
 */
export function fixedParts(message: string): string[] {
  return message.split(/…|: |; /).map((part) => part.trim()).filter((part) => part.length > 3);
}

/** One file's texts, put together. */
export function joined(source: string): string {
  return source
    .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, ANYTHING)
    .replace(/(["`])\s*\+\s*(["`])/g, "")
    .replaceAll("\\`", "`")
    .replaceAll('\\"', '"');
}

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* sources(path);
    else if (name.endsWith(".ts")) yield path;
  }
}
