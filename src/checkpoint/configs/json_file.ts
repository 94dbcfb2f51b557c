/** Small JSON files beside the weights, gzipped or not. */

import { gunzipSync } from "node:zlib";
import { FileSource } from "../containers/byte_source.ts";
import { isJsonObject, type JsonObject } from "./config.ts";
import { refuse } from "../refuse.ts";

/** The index of a sharded set names every tensor; configs have a few kB. */
const MAX_JSON_BYTES = 8 * 2 ** 20;

/** Reads a JSON object; nothing if there is no such file. @throws {ClipError} if it is broken */
export function readJsonFile(path: string): JsonObject | undefined {
  const existing = [path, `${path}.gz`].find(exists);
  if (existing === undefined) return undefined;
  const source = FileSource.open(existing);
  try {
    if (source.size > MAX_JSON_BYTES) {
      throw refuse(existing, `it has ${source.size} bytes, at most ${MAX_JSON_BYTES} are read`);
    }
    let bytes: Uint8Array = source.read(0, source.size);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
      bytes = gunzipSync(bytes, { maxOutputLength: MAX_JSON_BYTES });
    }
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (isJsonObject(json)) return json;
  } catch (error) {
    if (error instanceof Error && error.name === "ClipError") throw error;
    throw refuse(existing, "it is not valid JSON", error);
  } finally {
    source.close();
  }
  throw refuse(existing, "it is not a JSON object");
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
