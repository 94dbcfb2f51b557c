/** Bytes as characters that can be seen (openai/gpt-2, `bytes_to_unicode` of `encoder.py`). */

/** The character that stands for each byte: printable ones stand for themselves. */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

/** The byte that each of them stands for. */
export const CHARACTER_BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

function byteCharacters(): string[] {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  return Array.from(
    { length: 256 },
    (_, byte) => String.fromCharCode(printable(byte) ? byte : next++),
  );
}
