/** Two things measured in turns: how much dearer one is, and how sure that is. */
import { seededRandom } from "../../tests/support/seeded_random.ts";

/** A ratio, with the bounds between which it is in 19 of 20 cases. */
export interface Ratio {
  median: number;
  low: number;
  high: number;
}

const RESAMPLES = 2000;

/**
 * The median of the ratios of rounds, with bounds by the bootstrap (seeded).
 * @param ours by round, as `theirs`
 */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): Ratio {
  const ratios = ours.map((value, round) => value / theirs[round]!);
  const random = seededRandom(1);
  const medians = Array.from(
    { length: RESAMPLES },
    () => median(ratios.map(() => ratios[random.below(ratios.length)]!)),
  );
  medians.sort((a, b) => a - b);
  return {
    median: median(ratios),
    low: medians[Math.floor(RESAMPLES * 0.025)]!,
    high: medians[Math.floor(RESAMPLES * 0.975)]!,
  };
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
