/** How much of what is nearest was found. */

/**
 * The share of the nearest documents that are among the hits, over the queries that were asked.
 * @param truth by query the numbers of its nearest documents; fewer than are wanted where there are no more
 * @param hits by query the numbers that were found; missing for queries that were not asked
 */
export function recall(truth: readonly number[][], hits: readonly number[][]): number {
  let [found, wanted] = [0, 0];
  for (const [query, nearest] of truth.entries()) {
    const answered = hits[query];
    if (!answered) continue;
    const among = new Set(answered);
    wanted += nearest.length;
    found += nearest.filter((number) => among.has(number)).length;
  }
  return found / wanted;
}
