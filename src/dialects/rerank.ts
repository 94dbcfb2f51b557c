/** What reranking is in every dialect but Jina's: candidates in the order of their cosine to a query. */
import { inSlices } from "../encoding/slices.ts";
import type { MessageContext } from "../exchange/message.ts";
import type { RequestItem } from "../service/item.ts";
import { rank, type RankScore, SOFTMAX } from "../service/rank.ts";
import type { Embed, EmbedRequest } from "./embed.ts";

/** What is ranked. */
export interface RerankRequest extends Pick<EmbedRequest, "executor" | "endpoint" | "bytes"> {
  query: RequestItem;
  candidates: readonly RequestItem[];
  /** Where the query stands, and a candidate of an index, for errors. */
  place: { query: string; candidate: (index: number) => string };
}

/** What came of it. */
export interface Reranked {
  /** Best first. */
  ranking: RankScore[];
  /** Of the texts, start and end of text included. */
  tokens: number;
}

/**
 * Ranks, by a dialect's way to the service.
 * @throws {ClipError} as `embed`.
 */
export async function rerank(
  { query, candidates, place, ...request }: RerankRequest,
  embed: Embed,
  context: Pick<MessageContext, "signal" | "flow" | "watch">,
): Promise<Reranked> {
  const { vectors, tokens } = await embed({
    ...request,
    items: [query, ...candidates],
    form: { unit: false },
    place: (index) => index === 0 ? place.query : place.candidate(index - 1),
  }, context);
  const [first, ...others] = vectors;
  const ranking = await inSlices((slices) => rank(first!, others, SOFTMAX, slices), context.signal);
  return { ranking, tokens };
}
