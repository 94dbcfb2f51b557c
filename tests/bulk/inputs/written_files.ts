/** Files of other programs, written by their own libraries at the versions in writers/requirements.txt. */
import { fileURLToPath } from "node:url";
import { output } from "../../../bench/peers/environment.ts";
import { pythonEnvironment } from "../../support/python_environment.ts";

const at = (name: string) => new URL(`writers/${name}`, import.meta.url);

/** Runs with a folder of them. */
export async function withWrittenFiles(run: (folder: string) => Promise<void>): Promise<void> {
  const python = await pythonEnvironment(at("requirements.txt"));
  const folder = await Deno.makeTempDir();
  try {
    await output(python, [fileURLToPath(at("write.py")), folder]);
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The image that the writer gives to a number. */
export function writtenImage(number: number): Uint8Array {
  const bytes = new Uint8Array(104 + number).fill(number % 256);
  bytes.set([0xff, 0xd8, 0xff, 0xe0]);
  return bytes;
}
