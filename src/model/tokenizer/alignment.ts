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

/** What makes two places alike. */
interface Likeness {
  /** So many units have to be the same. */
  units: number;
  /** A space is enough, where words are repaired one by one. */
  space: boolean;
}

const OF_REPAIRED: Likeness = { units: 4, space: true };
const OF_NORMALISED: Likeness = { units: 2, space: false };

/**
 * Aligns `clean`, which is `cleanText(text)`, with `text`. Exact where cleaning changed single
 * characters (letters to lower case, quotes, widths, ligatures). What else it changed (mojibake,
 * character references, composed marks) is found by where the texts go on alike, and every unit
 * between belongs to all of the original between.
 */
export function align(text: string, clean: string): Alignment {
  return aligned(text, clean, cleanAlone, OF_REPAIRED);
}

/**
 * As `align`, for another cleaning.
 * @param alone what it makes of a character by itself, or of characters that belong together.
 */
export function alignBy(
  text: string,
  clean: string,
  alone: (characters: string) => string,
): Alignment {
  return aligned(text, clean, alone, OF_NORMALISED);
}

function aligned(
  text: string,
  clean: string,
  alone: (characters: string) => string,
  likeness: Likeness,
): Alignment {
  const single = cleanedSingly(text, alone);
  const from = new Int32Array(clean.length);
  const to = new Int32Array(clean.length);
  const expected = single.text;
  for (let i = 0, j = 0; j < clean.length;) {
    const same = i < expected.length && expected.charCodeAt(i) === clean.charCodeAt(j);
    const [skip, take] = same ? [1, 1] : nextAlike(expected, i, clean, j, likeness);
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
function nextAlike(
  a: string,
  i: number,
  b: string,
  j: number,
  likeness: Likeness,
): [skip: number, take: number] {
  for (let apart = 1; apart <= 2 * REACH; apart++) {
    for (let take = Math.max(0, apart - REACH); take <= Math.min(apart, REACH); take++) {
      if (alike(a, i + apart - take, b, j + take, likeness)) return [apart - take, take];
    }
  }
  return [lineEnd(a, i) - i, lineEnd(b, j) - j];
}

function alike(a: string, i: number, b: string, j: number, { units, space }: Likeness): boolean {
  if (i >= a.length || j >= b.length) return i === a.length && j === b.length;
  if (space && a[i] === " " && b[j] === " ") return true;
  for (let n = 0; n < units; n++) {
    if (i + n === a.length || j + n === b.length) return i + n === a.length && j + n === b.length;
    if (a.charCodeAt(i + n) !== b.charCodeAt(j + n)) return false;
  }
  return true;
}

function lineEnd(text: string, from: number): number {
  return text.indexOf("\n", from) + 1 || text.length;
}

const SEGMENTER = new Intl.Segmenter("en", { granularity: "grapheme" });
const ASCII = /^[^\x80-\uffff]*$/;

/**
 * What cleaning makes of each character alone, all together, and where each unit came from; of
 * characters that belong together, where it makes something else of them together.
 */
function cleanedSingly(
  text: string,
  alone: (characters: string) => string,
): { text: string; starts: Int32Array; ends: Int32Array } {
  const parts: string[] = [];
  // A character becomes three units at most (a ligature); one of a unit is as frequent as any.
  let starts = new Int32Array(text.length + 8);
  let ends = new Int32Array(text.length + 8);
  let length = 0;
  const add = (characters: string, at: number) => {
    const clean = alone(characters);
    parts.push(clean);
    while (length + clean.length > starts.length) [starts, ends] = [grown(starts), grown(ends)];
    starts.fill(at, length, length + clean.length);
    ends.fill(at + characters.length, length, length + clean.length);
    length += clean.length;
  };
  const each = (characters: string, at: number) => {
    for (const character of characters) {
      add(character, at);
      at += character.length;
    }
  };
  if (ASCII.test(text)) each(text, 0);
  else {
    for (const { segment, index } of SEGMENTER.segment(text)) {
      const characters = [...segment];
      const together = characters.length > 1 && characters.length <= MAX_TOGETHER &&
        alone(segment) !== characters.map(alone).join("");
      if (together) add(segment, index);
      else each(segment, index);
    }
  }
  return { text: parts.join(""), starts, ends };
}

/** Characters that are looked at together. */
const MAX_TOGETHER = 8;

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** Of characters that were met before; forgotten when they are many. */
const known = new Map<string, string>();
const MAX_KNOWN = 8192;

function cleanAlone(characters: string): string {
  let clean = known.get(characters);
  if (clean !== undefined) return clean;
  clean = cleanText(characters);
  if (known.size === MAX_KNOWN) known.clear();
  known.set(characters, clean);
  return clean;
}
