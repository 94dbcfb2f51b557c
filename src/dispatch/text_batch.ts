/** Which prepared texts share a minibatch: texts of like token length, oldest first. */

/** A prepared text, as far as batching looks at it. */
export interface PreparedText {
  /** Positions that matter, end-of-text included. */
  readonly length: number;
}

/** The bounds of a text minibatch. */
export interface TextBatchLimits {
  /** Most texts. */
  minibatchSize: number;
  /** Most tokens, padding included. */
  tokenBudget: number;
  /** Tokens that a text of a length is run with where lengths are rounded up; by default its own. */
  runLength?: (length: number) => number;
}

/**
 * Upper bounds of the length classes, about a quarter apart: within a class padding wastes little
 * (measured: ViT-B/32's text tower costs nearly linearly by tokens).
 */
const LENGTH_CLASSES = [8, 12, 16, 20, 26, 32, 40, 50, 64, 80];

/**
 * Padding, in tokens, that texts of shorter classes may cost together. A run of ViT-B/32's text
 * tower on a CPU costs as much as about 19 tokens before its first one (measured: 15 ms and 0.8 ms a
 * token); in simulations of 4 to 2048 clients with captions half of that served most, since a
 * shorter text that is left out finds its like soon.
 */
const FILL_PADDING_TOKENS = 8;

/** The class of a length: equal classes share minibatches. */
export function lengthClass(length: number): number {
  for (let i = 0; i < LENGTH_CLASSES.length; i++) {
    if (length <= LENGTH_CLASSES[i]!) return i;
  }
  return LENGTH_CLASSES.length + Math.ceil(Math.log2(length / 80) * 3);
}

/** A chosen minibatch. */
export interface TextBatch<T> {
  chosen: T[];
  /** No more texts would fit, whatever came. */
  full: boolean;
}

/**
 * Chooses the minibatch that the first candidate belongs to. The first candidate is always in it,
 * so that being overtaken is bounded by the order of the candidates.
 *
 * Texts of the seed's class join first, those nearest to its length before others: with many to
 * choose from hardly any padding is left (simulated: 7 instead of 13 % of the tokens). Shorter ones
 * fill up as long as all their padding together costs little beside a run of their own.
 *
 * @param candidates in order of service; not empty.
 */
export function chooseTextBatch<T extends PreparedText>(
  candidates: readonly T[],
  limits: TextBatchLimits,
): TextBatch<T> {
  const { runLength = (length: number) => length } = limits;
  const lengthOf = ({ length }: T) => runLength(length);
  const seed = candidates[0]!;
  const seedClass = lengthClass(lengthOf(seed));
  const chosen = [seed];
  let longest = lengthOf(seed);
  const fits = (length: number) =>
    chosen.length < limits.minibatchSize &&
    (chosen.length + 1) * Math.max(longest, length) <= limits.tokenBudget;
  let full = !fits(longest);
  for (const text of full ? [] : ofClass(seedClass, candidates, lengthOf)) {
    full = !fits(lengthOf(text));
    if (full) break;
    chosen.push(text);
    longest = Math.max(longest, lengthOf(text));
  }
  full ||= !fits(longest);
  let waste = 0;
  for (let i = 1; i < candidates.length && !full; i++) {
    const text = candidates[i]!;
    if (lengthClass(lengthOf(text)) >= seedClass) continue;
    const padding = longest - lengthOf(text);
    if (waste + padding > FILL_PADDING_TOKENS) continue;
    if (!fits(longest)) break;
    waste += padding;
    chosen.push(text);
  }
  return { chosen, full };
}

/** The candidates behind the first that are of a class, the nearest to its length first. */
function ofClass<T>(
  wanted: number,
  candidates: readonly T[],
  lengthOf: (text: T) => number,
): T[] {
  const length = lengthOf(candidates[0]!);
  const distance = (text: T) => Math.abs(lengthOf(text) - length);
  return candidates.slice(1)
    .filter((text) => lengthClass(lengthOf(text)) === wanted)
    .sort((a, b) => distance(a) - distance(b));
}
