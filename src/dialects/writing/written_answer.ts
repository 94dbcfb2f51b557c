/** Answers of JSON that are written in slices, straight into bytes. */
import { JsonBytes } from "../../encoding/json_bytes.ts";
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import { type HttpAnswer, jsonBytes } from "../../exchange/http.ts";

/**
 * Writes an answer.
 * @param capacity bytes that are likely enough.
 * @param write writes it; what is short by nature, without a pause.
 * @param signal ends it between two slices.
 * @param headers beside those of every answer.
 */
export async function writtenAnswer(
  capacity: number,
  write: (json: JsonBytes, slices: Slices) => Sliced<void> | void,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const body = await inSlices(function* (slices) {
    const json = new JsonBytes(capacity);
    const writing = write(json, slices);
    if (writing) yield* writing;
    return yield* json.finish(slices);
  }, signal);
  return jsonBytes(body, 200, headers);
}
