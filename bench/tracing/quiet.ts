/**
 * What something costs on a machine that is busy with something else: of many short rounds those
 * count in which it was quiet. Neighbours only make CPU time longer, so the least of it is the truth.
 */
import { seededRandom } from "../../tests/support/seeded_random.ts";

/** A ratio, with the bounds between which it is in 19 of 20 cases. */
export interface Ratio {
  value: number;
  low: number;
  high: number;
}

/** The share of rounds that are taken to be quiet. */
const QUIET = 0.2;

const RESAMPLES = 2000;

/** The cost that a fifth of the rounds is below. */
export function quietCost(rounds: readonly number[]): number {
  const sorted = rounds.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * QUIET)]!;
}

/** One's over the other's, with bounds by the bootstrap (seeded). */
export function quietRatio(ours: readonly number[], theirs: readonly number[]): Ratio {
  const random = seededRandom(1);
  const resample = (rounds: readonly number[]) =>
    quietCost(rounds.map(() => rounds[random.below(rounds.length)]!));
  const ratios = Array.from({ length: RESAMPLES }, () => resample(ours) / resample(theirs));
  ratios.sort((a, b) => a - b);
  return {
    value: quietCost(ours) / quietCost(theirs),
    low: ratios[Math.floor(RESAMPLES * 0.025)]!,
    high: ratios[Math.floor(RESAMPLES * 0.975)]!,
  };
}

/**
 * The median of the ratios of rounds that were measured right after each other, with bounds by the
 * bootstrap (seeded): what makes the machine slow for minutes is in both of a pair.
 */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): Ratio {
  const random = seededRandom(1);
  const ratios = ours.map((cost, turn) => cost / theirs[turn]!);
  const medians = Array.from(
    { length: RESAMPLES },
    () => median(ratios.map(() => ratios[random.below(ratios.length)]!)),
  ).sort((a, b) => a - b);
  return {
    value: median(ratios),
    low: medians[Math.floor(RESAMPLES * 0.025)]!,
    high: medians[Math.floor(RESAMPLES * 0.975)]!,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}

/** A ratio with its bounds, for a table. */
export function ratioText({ value, low, high }: Ratio): string {
  return `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}
