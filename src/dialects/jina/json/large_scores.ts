/** Scores of any number, read in slices. */
import type { JsonReader } from "../../../encoding/json_reader.ts";
import type { Sliced } from "../../../encoding/slices.ts";
import type { NamedScore } from "../document/document.ts";
import type { RequestSize } from "../document/request_size.ts";
import { rememberLarge, setMember } from "../document/large_object.ts";
import { toScore } from "./document.ts";
import { isScore } from "./document_faults.ts";
import { readLargeValue } from "./large_value.ts";
import { MAX_DETAILS } from "./validation_detail.ts";

/** Units of work of a score. */
const SCORE_UNITS = 500;

/**
 * Reads the object of scores at the cursor.
 * @returns the scores, and the first of those that are none.
 */
export function* readLargeScores(reader: JsonReader, size: RequestSize): Sliced<{
  scores: Record<string, NamedScore>;
  wrong: Record<string, unknown>;
}> {
  const scores: Record<string, NamedScore> = {};
  rememberLarge(scores);
  const wrong: Record<string, unknown> = {};
  let faults = 0;
  reader.enter();
  for (let name = yield* reader.member(true); name !== undefined;) {
    size.score();
    const value = yield* readLargeValue(reader, size);
    if (isScore(value)) {
      setMember(scores, name, toScore(value));
      // Of a name that is there twice the last one counts.
      if (faults > 0) delete wrong[name];
    } else if (faults++ < MAX_DETAILS) setMember(wrong, name, value);
    if (reader.slices.spent(SCORE_UNITS)) yield;
    name = yield* reader.member(false);
  }
  return { scores, wrong };
}
