/** What text-embeddings-inference tells of the work in headers (`router/src/lib.rs`, `ResponseMetadata`). */
import type { Sliced, Slices } from "../../encoding/slices.ts";
import type { RequestTrace } from "../../telemetry/request_trace.ts";

/** What was done. */
export interface Work {
  /** Unicode characters of the texts that came. */
  characters: number;
  /** Ids that the model was given. */
  tokens: number;
  trace: RequestTrace;
  /** When the request began, by `performance.now()`. */
  began: number;
  /** Where the model runs, as the executor's description has it. */
  provider: string | undefined;
}

/**
 * The headers. Times are whole milliseconds; those of single steps are of the text that was computed
 * last, and 0 where all embeddings were known.
 */
export function computeHeaders(
  { characters, tokens, trace, began, provider = "cpu" }: Work,
): Record<string, string> {
  const { queueMs = 0, preprocessMs = 0, computeMs = 0 } = trace.last ?? {};
  const total = ms(performance.now() - began);
  return {
    "x-compute-type": provider === "cpu" ? "cpu+optimized" : "gpu+optimized",
    "x-compute-time": total,
    "x-compute-characters": `${characters}`,
    "x-compute-tokens": `${tokens}`,
    "x-total-time": total,
    "x-tokenization-time": ms(preprocessMs),
    "x-queue-time": ms(queueMs),
    "x-inference-time": ms(computeMs),
  };
}

function ms(time: number): string {
  return `${Math.round(time)}`;
}

/** Units that are counted without a pause. */
const COUNTED_AT_ONCE = 1 << 14;

/** Unicode characters of texts, not UTF-16 units. */
export function* charactersOf(texts: readonly string[], slices: Slices): Sliced<number> {
  let characters = 0;
  for (const text of texts) {
    characters += text.length;
    for (let i = 1; i < text.length; i++) {
      const isLow = (text.charCodeAt(i) & 0xfc00) === 0xdc00;
      if (isLow && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) characters--;
      if (i % COUNTED_AT_ONCE === 0 && slices.spent(COUNTED_AT_ONCE)) yield;
    }
  }
  return characters;
}
