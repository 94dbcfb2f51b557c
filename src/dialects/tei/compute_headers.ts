/** What text-embeddings-inference tells of the work in headers (`router/src/lib.rs`, `ResponseMetadata`). */
import type { RequestTrace } from "../../telemetry/request_trace.ts";

/** What was done. */
export interface Work {
  texts: readonly string[];
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
  { texts, tokens, trace, began, provider = "cpu" }: Work,
): Record<string, string> {
  const { queueMs = 0, preprocessMs = 0, computeMs = 0 } = trace.last ?? {};
  const total = ms(performance.now() - began);
  let characters = 0;
  for (const text of texts) characters += charactersOf(text);
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

/** Unicode characters, not UTF-16 units. */
function charactersOf(text: string): number {
  const pairs = text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0;
  return text.length - pairs;
}
