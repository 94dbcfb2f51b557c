/** Places of tokens, from those in a word to those in the text that was given. */
import type { Alignment } from "../alignment.ts";
import { bytesOf, unitsOf } from "./characters.ts";
import type { TokenPlaces } from "./token_output.ts";

/** Room for some. */
export function noPlaces(): TokenPlaces {
  return { starts: [], ends: [] };
}

/**
 * Adds places in a word as places in a text. What was put before the word counts as its first
 * character.
 * @param start of the word in the text.
 * @param put how many characters were put before it.
 * @param source what the word is where it spells bytes.
 */
export function addShifted(
  to: TokenPlaces,
  { starts, ends }: TokenPlaces,
  start: number,
  put: number,
  source?: string,
): void {
  const units = source === undefined ? undefined : unitsOfBytes(source);
  for (let i = 0; i < starts.length; i++) {
    const [first, last] = [starts[i]!, ends[i]! - 1];
    to.starts.push(start + Math.max(0, (units?.starts[first] ?? first) - put));
    to.ends.push(start + Math.max(1, (units?.ends[last] ?? last + 1) - put));
  }
}

/** Adds places in a changed text as places in what it was made of. @param start of that. */
export function addAligned(
  to: TokenPlaces,
  { starts, ends }: TokenPlaces,
  alignment: Alignment,
  start: number,
): void {
  for (let i = 0; i < starts.length; i++) {
    to.starts.push(start + alignment.starts[starts[i]!]!);
    to.ends.push(start + alignment.ends[Math.max(starts[i]!, ends[i]! - 1)]!);
  }
}

/** For each byte of UTF-8 the character that it is of: some bytes of one are all of it. */
function unitsOfBytes(text: string): TokenPlaces {
  const places = noPlaces();
  for (let at = 0; at < text.length;) {
    const codePoint = text.codePointAt(at)!;
    const end = at + unitsOf(codePoint);
    for (let i = bytesOf(codePoint); i > 0; i--) {
      places.starts.push(at);
      places.ends.push(end);
    }
    at = end;
  }
  return places;
}
