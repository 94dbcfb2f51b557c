/** What a text-to-text step makes of single characters. */

const MAX_KNOWN = 8192;

/**
 * What `step` makes of a character that stands between two letters: at the ends of a text some steps
 * take white space away, or put something there.
 */
export function aloneBy(step: (text: string) => string): (codePoint: number) => string {
  const known = new Map<number, string>();
  let ends: [head: string, tail: string] | undefined;
  return (codePoint) => {
    let alone = known.get(codePoint);
    if (alone !== undefined) return alone;
    if (ends === undefined) {
      const both = step("aa");
      const middle = both.lastIndexOf("aa") + 1;
      ends = [both.slice(0, middle), both.slice(middle)];
    }
    const [head, tail] = ends;
    const character = String.fromCodePoint(codePoint);
    const whole = step(`a${character}a`);
    const fits = whole.length >= head.length + tail.length && whole.startsWith(head) &&
      whole.endsWith(tail);
    alone = fits ? whole.slice(head.length, whole.length - tail.length) : character;
    if (known.size === MAX_KNOWN) known.clear();
    known.set(codePoint, alone);
    return alone;
  };
}
