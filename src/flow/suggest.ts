/** Near misses: what a person meant who typed something else. */
import { editDistance } from "../edit_distance.ts";

/** Compared without case and without the difference between `-`, `_`, ` ` and nothing. */
function fold(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, "");
}

/** Words longer than this are no typing error of a key; comparing them would only cost time. */
const MAX_WORD = 64;

/**
 * The candidate that `word` most likely stands for, or `undefined` if none is near: at most a third
 * of its letters (and three) differ, or it is the end or the beginning of exactly one candidate, as
 * `batch_size` is of `minibatch_size`.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(word);
  if (wanted.length === 0 || wanted.length > MAX_WORD) return undefined;
  let best: string | undefined;
  // Of a word of one letter anything would be near.
  const limit = wanted.length === 1 ? 0 : Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  let bestDistance = limit + 1;
  const containing: string[] = [];
  for (const candidate of candidates) {
    const folded = fold(candidate);
    const distance = editDistance(wanted, folded);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
    if (wanted.length >= 4 && (folded.startsWith(wanted) || folded.endsWith(wanted))) {
      containing.push(candidate);
    }
  }
  return containing.length === 1 && bestDistance > 1 ? containing[0] : best;
}

/** `; did you mean 'x'?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearest(word, candidates);
  return near === undefined ? "" : `; did you mean '${near}'?`;
}
