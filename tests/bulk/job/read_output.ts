/** Reads back what a job wrote, without the code that wrote it. */
import { join } from "node:path";

/** A row of an output. */
export interface ReadRow {
  id: string;
  vector: number[];
  text?: string;
  metadata?: Record<string, unknown>;
}

/** The rows of a folder of `.npy` files, in their order. */
export async function readNpyFolder(folder: string, matrix = "embeddings"): Promise<ReadRow[]> {
  const rows: ReadRow[] = [];
  for (let part = 0; await exists(join(folder, `${matrix}_${part}.npy`)); part++) {
    const { columns, numbers } = readNpy(
      await Deno.readFile(join(folder, `${matrix}_${part}.npy`)),
    );
    const lines = await readJsonLines(join(folder, `ids_${part}.jsonl`));
    if (lines.length * columns !== numbers.length) {
      throw new Error(`part ${part}: ${lines.length} ids, and ${numbers.length} numbers`);
    }
    for (const [i, line] of lines.entries()) {
      const vector = [...numbers.subarray(i * columns, (i + 1) * columns)];
      rows.push({ ...line as unknown as ReadRow, vector });
    }
  }
  return rows;
}

/** A matrix of float32, by its header. */
export function readNpy(bytes: Uint8Array): { columns: number; numbers: Float32Array } {
  const length = new DataView(bytes.buffer).getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(10, 10 + length));
  const [, rows, columns] = /'<f4'.*\((\d+), (\d+)\)/.exec(header)!;
  const numbers = new Float32Array(bytes.slice(10 + length).buffer);
  if (numbers.length !== Number(rows) * Number(columns)) throw new Error(header);
  return { columns: Number(columns), numbers };
}

/** The objects of a file of JSON lines. */
export async function readJsonLines(path: string): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(path);
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** The bytes of every file of a folder, by their paths. */
export async function filesOf(folder: string, below = ""): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = join(below, name);
    if (isDirectory) {
      for (const [inner, bytes] of await filesOf(folder, path)) files.set(inner, bytes);
    } else files.set(path, await Deno.readFile(join(folder, path)));
  }
  return files;
}
