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
}

/**
 * Upper bounds of the length classes, about a quarter apart: within a class padding wastes little
 * (measured: ViT-B/32's text tower costs nearly linearly by tokens).
 */
const LENGTH_CLASSES = [8, 12, 16, 20, 26, 32, 40, 50, 64, 80];

/**
 * Padding, in tokens, that is cheaper than another run: about the fixed cost of a run of the
 * ViT-B/32 text tower on a CPU.
 */
const RUN_COST_TOKENS = 16;

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
 * Texts of the seed's class join first; shorter ones fill up as long as all their padding together
 * costs less than a run of their own.
 *
 * @param candidates in order of service; not empty.
 */
export function chooseTextBatch<T extends PreparedText>(
  candidates: readonly T[],
  limits: TextBatchLimits,
): TextBatch<T> {
  const seed = candidates[0]!;
  const seedClass = lengthClass(seed.length);
  const chosen = [seed];
  let longest = seed.length;
  const fits = (length: number) =>
    chosen.length < limits.minibatchSize &&
    (chosen.length + 1) * Math.max(longest, length) <= limits.tokenBudget;
  let full = !fits(longest);
  for (let i = 1; i < candidates.length && !full; i++) {
    const text = candidates[i]!;
    if (lengthClass(text.length) !== seedClass) continue;
    if (!fits(text.length)) {
      full = true;
      break;
    }
    chosen.push(text);
    longest = Math.max(longest, text.length);
  }
  full ||= !fits(longest);
  let waste = 0;
  for (let i = 1; i < candidates.length && !full; i++) {
    const text = candidates[i]!;
    if (lengthClass(text.length) >= seedClass) continue;
    const padding = longest - text.length;
    if (waste + padding > RUN_COST_TOKENS) continue;
    if (!fits(longest)) break;
    waste += padding;
    chosen.push(text);
  }
  return { chosen, full };
}
