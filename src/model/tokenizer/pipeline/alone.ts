/** What a text-to-text step makes of single characters and of groups of them. */

const MAX_KNOWN = 8192;

/**
 * What `step` makes of a character that stands between two letters: at the ends of a text some steps
 * take white space away, or put something there.
 */
export function aloneBy(step: (text: string) => string): (character: string) => string {
  const known = new Map<string, string>();
  let ends: [head: string, tail: string] | undefined;
  return (character) => {
    let alone = known.get(character);
    if (alone !== undefined) return alone;
    if (ends === undefined) {
      const both = step("aa");
      const middle = both.lastIndexOf("aa") + 1;
      ends = [both.slice(0, middle), both.slice(middle)];
    }
    const [head, tail] = ends;
    const whole = step(`a${character}a`);
    const fits = whole.length >= head.length + tail.length && whole.startsWith(head) &&
      whole.endsWith(tail);
    alone = fits ? whole.slice(head.length, whole.length - tail.length) : character;
    if (known.size === MAX_KNOWN) known.clear();
    known.set(character, alone);
    return alone;
  };
}
