/** The lock of a conversion: who holds it keeps a server from having its model. */
import { join } from "node:path";
import { conversionKey, GRAPHS_FOLDER } from "../../src/graph/conversion_cache.ts";
import { fileHash } from "../../src/graph/weights_hash.ts";

/** The path of the folder that a checkpoint's file is converted into, as a flow without wishes has it. */
export async function conversionFolder(cache: string, modelPath: string): Promise<string> {
  const hash = await fileHash(modelPath, join(cache, "hashes"));
  const options = { dtype: "fp32", target: "cpu", pixels: "uint8" } as const;
  return join(cache, GRAPHS_FOLDER, conversionKey([hash], "{}", options));
}

/** The path of its lock. */
export async function conversionLock(cache: string, modelPath: string): Promise<string> {
  return `${await conversionFolder(cache, modelPath)}.lock`;
}
