/** Where and why a text is not JSON, in the words of Python's `json`, which FastAPI passes on. */
import { JsonReader } from "./json_reader.ts";
import { JsonSyntaxError } from "./json_tokens.ts";
import type { Sliced, Slices } from "./slices.ts";

/** The first fault of a text. */
export interface JsonFault {
  /** Index of the character at fault, in UTF-16 code units; the text's length if it ends too early. */
  position: number;
  /** `Expecting value: line 1 column 10 (char 9)`. */
  message: string;
}

const WINDOW = 1 << 16;

/**
 * Finds what `JSON.parse` stumbled over: its own message does not always say where. Linear and
 * without recursion, as it sees what clients send.
 *
 * @param bytes UTF-8.
 * @returns undefined if the text is JSON.
 */
export function* findJsonFault(
  bytes: Uint8Array,
  slices: Slices,
): Sliced<JsonFault | undefined> {
  const reader = new JsonReader(bytes, slices, Infinity);
  try {
    yield* reader.skip();
    if ((yield* reader.next()) === undefined) return undefined;
    throw reader.fault("Extra data");
  } catch (thrown) {
    if (!(thrown instanceof JsonSyntaxError)) throw thrown;
    return yield* locateFault(bytes, thrown, slices);
  }
}

/** A fault's place, as Python counts it. */
export function* locateFault(
  bytes: Uint8Array,
  { what, offset }: JsonSyntaxError,
  slices: Slices,
): Sliced<JsonFault> {
  let position = 0;
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < offset;) {
    const stop = Math.min(at + WINDOW, offset);
    for (; at < stop; at++) {
      const byte = bytes[at]!;
      // One unit for each character, two for those beyond the basic plane.
      if ((byte & 0xc0) !== 0x80) position += byte >= 0xf0 ? 2 : 1;
      if (byte === 0x0a) {
        line++;
        lineStart = position;
      }
    }
    if (slices.spent(WINDOW)) yield;
  }
  const column = position - lineStart + 1;
  return { position, message: `${what}: line ${line} column ${column} (char ${position})` };
}
