/** Whether a server keeps an index: one that does not answers as if nothing were found. */
import type { ClipClient } from "../../../client/mod.ts";
import { ClipError } from "../../errors.ts";

/**
 * Asks for the index's state (`/status`, as Jina's indexers have it).
 * @throws {ClipError} "not_found" if there is none; {ClipClientError} if the server does not answer.
 */
export async function requireIndex(client: ClipClient, url: string): Promise<void> {
  const answer = await client.post("/status", undefined, { idempotent: true });
  if (answer.length > 0) return;
  throw new ClipError(
    "not_found",
    `${url}: the server keeps no index: its flow needs an indexer, as search-flow.yml has one`,
  );
}
