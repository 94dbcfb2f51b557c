/** Scores of any number, read in slices. */
import type { JsonReader } from "../../../encoding/json_reader.ts";
import type { Sliced } from "../../../encoding/slices.ts";
import type { NamedScore } from "../document/document.ts";
import type { RequestSize } from "../document/request_size.ts";
import { setKey } from "../proto/struct.ts";
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
  const wrong: Record<string, unknown> = {};
  let faults = 0;
  reader.enter();
  for (let name = yield* reader.member(true); name !== undefined;) {
    size.values(1);
    const value = yield* readLargeValue(reader, size);
    if (isScore(value)) {
      setKey(scores, name, toScore(value));
      // Of a name that is there twice the last one counts.
      if (faults > 0) delete wrong[name];
    } else if (faults++ < MAX_DETAILS) setKey(wrong, name, value);
    if (reader.slices.spent(SCORE_UNITS)) yield;
    name = yield* reader.member(false);
  }
  return { scores, wrong };
}
