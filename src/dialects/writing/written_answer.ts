/** Answers of JSON that are written in slices, straight into bytes. */
import { JsonBytes } from "../../encoding/json_bytes.ts";
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import { type HttpAnswer, jsonBytes } from "../../exchange/http.ts";

/**
 * Writes an answer.
 * @param capacity bytes that are likely enough.
 * @param signal ends it between two slices.
 */
export async function writtenAnswer(
  capacity: number,
  write: (json: JsonBytes, slices: Slices) => Sliced<void>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const body = await inSlices(function* (slices) {
    const json = new JsonBytes(capacity);
    yield* write(json, slices);
    return yield* json.finish(slices);
  }, signal);
  return jsonBytes(body);
}
