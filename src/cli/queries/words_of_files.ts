/** `@captions.txt` among the words of a command: the lines of that file. */
import { readFile } from "node:fs/promises";
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";

/** Lines of a file are read at once: more are a job's. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * The words, with the lines of files in place of `@FILE`; `@-` is standard input. Empty lines are
 * passed over. `@@x` is the word `@x`.
 * @throws {ClipError} "config" if a file cannot be read.
 */
export async function withLinesOfFiles(words: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const word of words) {
    if (word.startsWith("@@")) all.push(word.slice(1));
    else if (word.startsWith("@") && word.length > 1) {
      for (const line of await linesOf(word.slice(1))) all.push(line);
    } else all.push(word);
  }
  return all;
}

async function linesOf(path: string): Promise<string[]> {
  const bytes = path === "-" ? await readStandardInput() : await read(path);
  if (bytes.length > MOST_BYTES) {
    throw new ClipError("config", `@${path} is larger than ${MOST_BYTES} bytes`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ClipError("config", `@${path} is not text in UTF-8`);
  }
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (thrown) {
    throw new ClipError("config", `@${path} cannot be read: ${fileTrouble(thrown)}`);
  }
}

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of Deno.stdin.readable) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BYTES) break;
  }
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}
