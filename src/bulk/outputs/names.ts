/** How the columns of outputs are called. */
import type { Tower } from "./part.ts";

/** The column of a tower's embeddings. */
export function embeddingName(tower: Tower): string {
  return tower === "any" ? "embedding" : `${tower}_embedding`;
}
