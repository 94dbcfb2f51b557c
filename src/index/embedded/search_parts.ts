/**
 * A search of many queries, as several of few: what a search has begun sees no commit, so that writes
 * wait for its end, and whoever comes after waits for them.
 */
import { ClipError } from "../../errors.ts";
import type { SearchHit, SearchRequest } from "../engine.ts";
import { tooLarge } from "./answer.ts";

/** Queries of a part, and their hits. */
const [PART_QUERIES, PART_HITS] = [32, 2048];

/** The hits of a part, and the bytes of their documents. */
export interface FoundPart {
  hits: SearchHit[][];
  bytes: number;
}

/**
 * Searches part after part.
 * @param search does one part.
 * @throws {ClipError} "too_large" if the parts together are; what `search` throws.
 */
export async function searchInParts(
  request: SearchRequest,
  search: (part: SearchRequest) => Promise<FoundPart>,
  dimensions: number,
): Promise<SearchHit[][]> {
  const { queries, limit, maxBytes } = request;
  const size = Math.max(1, Math.min(PART_QUERIES, Math.floor(PART_HITS / limit)));
  const found: SearchHit[][] = [];
  let left = maxBytes;
  for (let at = 0; at === 0 || at < queries.length; at += size * dimensions) {
    const part = queries.slice(at, at + size * dimensions);
    try {
      const { hits, bytes } = await search({ ...request, queries: part, maxBytes: left });
      found.push(...hits);
      left -= bytes;
    } catch (thrown) {
      const large = thrown instanceof ClipError && thrown.kind === "too_large";
      throw large ? tooLarge(maxBytes) : thrown;
    }
  }
  return found;
}
