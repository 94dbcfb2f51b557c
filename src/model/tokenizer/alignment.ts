/** Where the characters of a cleaned text come from in the text that was cleaned. */

import { cleanText } from "./clean.ts";

/** Per UTF-16 unit of the cleaned text, the part of the original that it came of. */
export interface Alignment {
  /** Where the part begins: UTF-16 units of the original. */
  starts: Int32Array;
  /** Where it ends, exclusive. */
  ends: Int32Array;
}

/** How far apart the texts are looked at for where they go on alike, UTF-16 units. */
const REACH = 32;
/** So many units have to be alike there; a space is enough, since words are repaired one by one. */
const ALIKE = 4;

/**
 * Aligns `clean`, which is `cleanText(text)`, with `text`. Exact where cleaning changed single
 * characters (letters to lower case, quotes, widths, ligatures). What else it changed (mojibake,
 * character references, composed marks) is found by where the texts go on alike, and every unit
 * between belongs to all of the original between.
 */
export function align(text: string, clean: string): Alignment {
  const single = cleanedSingly(text);
  const from = new Int32Array(clean.length);
  const to = new Int32Array(clean.length);
  const expected = single.text;
  for (let i = 0, j = 0; j < clean.length;) {
    const same = i < expected.length && expected.charCodeAt(i) === clean.charCodeAt(j);
    const [skip, take] = same ? [1, 1] : nextAlike(expected, i, clean, j);
    const start = i < expected.length ? single.starts[i]! : text.length;
    const end = skip === 0 ? start : single.ends[i + skip - 1]!;
    from.fill(start, j, j + take);
    to.fill(end, j, j + take);
    i += skip;
    j += take;
  }
  return { starts: from, ends: to };
}

/** How much of each text to pass until they go on alike: the least of both together. */
function nextAlike(a: string, i: number, b: string, j: number): [skip: number, take: number] {
  for (let apart = 1; apart <= 2 * REACH; apart++) {
    for (let take = Math.max(0, apart - REACH); take <= Math.min(apart, REACH); take++) {
      if (alike(a, i + apart - take, b, j + take)) return [apart - take, take];
    }
  }
  return [lineEnd(a, i) - i, lineEnd(b, j) - j];
}

function alike(a: string, i: number, b: string, j: number): boolean {
  if (i >= a.length || j >= b.length) return i === a.length && j === b.length;
  if (a[i] === " " && b[j] === " ") return true;
  for (let n = 0; n < ALIKE; n++) {
    if (i + n === a.length || j + n === b.length) return i + n === a.length && j + n === b.length;
    if (a.charCodeAt(i + n) !== b.charCodeAt(j + n)) return false;
  }
  return true;
}

function lineEnd(text: string, from: number): number {
  return text.indexOf("\n", from) + 1 || text.length;
}

/** What cleaning makes of each character alone, all together, and where each unit came from. */
function cleanedSingly(text: string): { text: string; starts: Int32Array; ends: Int32Array } {
  const parts: string[] = [];
  // A character becomes three units at most (a ligature); one of a unit is as frequent as any.
  let starts = new Int32Array(text.length + 8);
  let ends = new Int32Array(text.length + 8);
  let length = 0;
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at)!;
    const width = code > 0xffff ? 2 : 1;
    const single = cleanCharacter(code);
    parts.push(single);
    if (length + single.length > starts.length) {
      [starts, ends] = [grown(starts), grown(ends)];
    }
    for (let n = 0; n < single.length; n++) {
      starts[length] = at;
      ends[length++] = at + width;
    }
    at += width;
  }
  return { text: parts.join(""), starts, ends };
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** Of characters that were met before; forgotten when they are many. */
const characters = new Map<number, string>();
const MAX_CHARACTERS = 8192;

function cleanCharacter(code: number): string {
  const known = characters.get(code);
  if (known !== undefined) return known;
  const clean = cleanText(String.fromCodePoint(code));
  if (characters.size === MAX_CHARACTERS) characters.clear();
  characters.set(code, clean);
  return clean;
}
