/** Finding what somebody probably meant. */
import { editDistance } from "../../edit_distance.ts";

/** Letters and digits only, lower case: what is left when spelling habits are taken away. */
function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Longer input is no misspelt name, and comparing it would cost its length squared. */
const MAX_NAME_LENGTH = 120;

/**
 * The candidates nearest to `name`, best first.
 *
 * A candidate counts when at most a third of its letters differ, or when one of the two begins with
 * the other (`ViT-B-32::laion` for `ViT-B-32::laion400m_e31`).
 */
export function nearMatches(name: string, candidates: readonly string[]): string[] {
  const wanted = bare(name.slice(0, MAX_NAME_LENGTH));
  if (wanted === "") return [];
  const scored: { candidate: string; score: number }[] = [];
  for (const candidate of candidates) {
    const other = bare(candidate);
    const distance = editDistance(wanted, other);
    if (wanted.length >= 3 && other.startsWith(wanted)) {
      // What was typed is all there: nearer than anything that needs a letter changed.
      scored.push({ candidate, score: distance / 100 });
    } else if (wanted.startsWith(other)) {
      scored.push({ candidate, score: distance / 2 });
    } else if (distance * 3 <= other.length) {
      scored.push({ candidate, score: distance });
    }
  }
  return scored.sort((a, b) => a.score - b.score).map((each) => each.candidate);
}
