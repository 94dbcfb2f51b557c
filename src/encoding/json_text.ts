/** Which JSON is parsed at once, and which in slices. */

/** Texts up to this size are parsed at once: in less than ten milliseconds, whatever they hold. */
const PARSED_AT_ONCE_BYTES = 1 << 18;
/** So are texts up to this size that hold few values: pictures as base64. */
export const FEW_VALUES_BYTES = 1 << 23;
/** How few, values in no order and escapes counted. */
const FEW_VALUES = 1 << 15;

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The text of JSON that is parsed at once; undefined if it is read in slices.
 * @param bytes UTF-8, valid if there are no more than `FEW_VALUES_BYTES`.
 * @param limit size up to which it is, whatever it holds, instead of the default bounds.
 */
export function parsedAtOnce(bytes: Uint8Array, limit?: number): string | undefined {
  const { length } = bytes;
  if (length > (limit ?? FEW_VALUES_BYTES)) return undefined;
  const text = UTF8.decode(bytes);
  return length <= (limit ?? PARSED_AT_ONCE_BYTES) || hasFewValues(text) ? text : undefined;
}

/** Whether what parsing takes time for is rare in a text. The runtime finds characters at once. */
function hasFewValues(text: string): boolean {
  let left = FEW_VALUES;
  // Every value but the first of its list or object comes after a comma.
  for (const mark of [",", "[", "{", "\\"]) {
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
      if (--left < 0) return false;
    }
  }
  return true;
}

const BOM = [0xef, 0xbb, 0xbf];

/** Without the mark that some programs put before UTF-8. */
export function withoutBom(bytes: Uint8Array): Uint8Array {
  return BOM.every((byte, i) => bytes[i] === byte) ? bytes.subarray(BOM.length) : bytes;
}
