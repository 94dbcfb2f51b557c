/** The last look at an embedding before anybody gets or keeps it. */
import { ClipError } from "../errors.ts";
import { firstNotFinite } from "../finite.ts";
import type { EncodeResult } from "../model/item.ts";

/** The embedding, or if it holds NaN or infinity the reason that its document gets instead. */
export function checkedEmbedding(embedding: Float32Array): EncodeResult {
  const at = firstNotFinite(embedding);
  if (at < 0) return embedding;
  return new ClipError(
    "backend",
    `The model computed ${
      embedding[at]
    } for this input (dimension ${at} of ${embedding.length}): ` +
      "its weights are damaged, or its number format is too narrow for it (with fp16 try dtype fp32)",
  );
}
