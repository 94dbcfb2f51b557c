/** Bytes of files that hold text. */
import { ClipError } from "../../../errors.ts";
import type { InputFile } from "./input_file.ts";

/**
 * The bytes of a file that is UTF-8.
 * @throws {ClipError} "config" for UTF-16, which would be errors and nothing else; as `InputFile.bytes`.
 */
export async function* textBytes(file: InputFile, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const chunk of file.bytes(signal)) {
    if (first && isUtf16(chunk)) {
      throw new ClipError(
        "config",
        `'${file.place}' is UTF-16, and UTF-8 is read: iconv -f UTF-16 -t UTF-8 makes it that`,
      );
    }
    first = false;
    yield chunk;
  }
}

function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
