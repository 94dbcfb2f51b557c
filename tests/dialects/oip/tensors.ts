/** Tensors as clients write them. */

/** A BYTES tensor: each element behind its length as uint32, little-endian. */
export function joinElements(elements: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(elements.reduce((sum, { length }) => sum + 4 + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const element of elements) {
    view.setUint32(at, element.length, true);
    bytes.set(element, at + 4);
    at += 4 + element.length;
  }
  return bytes;
}

/** UTF-8. */
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A BYTES tensor of texts. */
export const joinTexts = (texts: readonly string[]): Uint8Array => joinElements(texts.map(utf8));

/** Float32 numbers of bytes that begin anywhere, in rows. */
export function rowsOf(bytes: Uint8Array, size: number): number[][] {
  const numbers = [...new Float32Array(bytes.slice().buffer)];
  return Array.from(
    { length: numbers.length / size },
    (_, i) => numbers.slice(i * size, (i + 1) * size),
  );
}
