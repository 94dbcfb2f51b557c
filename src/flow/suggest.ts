/** Near misses: what a person meant who typed something else. */

/** Compared without case and without the difference between `-`, `_`, ` ` and nothing. */
function fold(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, "");
}

/** Edits (insert, delete, replace, swap of neighbours) between two words: optimal string alignment. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforeLast[j - 2]! + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
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
