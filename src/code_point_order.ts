/** The order of texts by code points, as databases have it that compare UTF-8 byte by byte. */

/**
 * Compares two well-formed texts: less than 0 if `a` comes first. JavaScript's own `<` has code units,
 * in which U+FFFF comes behind an emoji.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Halves of pairs stand for what is beyond U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
