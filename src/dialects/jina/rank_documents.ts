/** What `/rank` does to documents: each one's matches are ordered by their nearness to it. */
import { inSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { Executor } from "../../service/executors.ts";
import type { CallContext, RankedGroup, Service } from "../../service/service.ts";
import type { Document } from "./document/document.ts";
import { setMember } from "./document/large_object.ts";
import type { DataRequest } from "./document/request.ts";
import { tellFailure, tellFailures } from "./document_failures.ts";
import { type EmbeddedDocument, hasContent, requireAll, toItems } from "./document_items.ts";
import { dropLoadedImage, setEmbedding } from "./encode_documents.ts";
import type { Parameters } from "./parameters.ts";

/**
 * Ranks in place.
 * @throws {ClipError} as `Service.rank`; naming the documents that cannot be embedded or have
 * nothing to rank.
 */
export async function rankDocuments(
  request: DataRequest,
  executor: Executor,
  parameters: Parameters,
  service: Service,
  context: CallContext,
): Promise<void> {
  const { docs } = request;
  const refuse = (document: Document, reason: string): never => {
    const error = new ClipError("document", `document '${document.id}' ${reason}`, {
      name: "ValueError",
    });
    tellFailure(document, error, request, service, context);
    throw error;
  };
  const without = docs.findIndex((document) => !document.matches?.length);
  if (without >= 0) refuse(docs[without]!, `(index ${without}) has no matches to rank`);
  const all: Document[] = [];
  for (const document of docs) {
    all.push(document);
    for (const match of document.matches!) all.push(match);
  }
  const blank = all.find((document) => !hasContent(document));
  if (blank) refuse(blank, "has nothing to rank: no content");
  const items = await toItems(all, context.signal);
  let next = 0;
  const groups = docs.map(({ matches }) => ({
    query: items[next++]!,
    candidates: items.slice(next, next += matches!.length),
  }));
  const ranked = await service.rank(groups, executor, context);
  const embedded = embeddedIn(docs, ranked);
  tellFailures(embedded, request, service, context);
  requireAll(embedded, all);
  const scoredBy = executor.similarity?.kind ?? "softmax";
  await inSlices(function* (slices) {
    for (const [i, document] of docs.entries()) {
      yield* setRanking(document, ranked[i]!, scoredBy, parameters, slices);
    }
  }, context.signal);
}

/** Units of work of a match that gets its scores. */
const MATCH_UNITS = 500;

function* setRanking(
  document: Document,
  { query, ranking }: RankedGroup,
  scoredBy: string,
  parameters: Parameters,
  slices: Slices,
): Sliced<void> {
  const matches = document.matches!;
  const ordered: Document[] = [];
  for (const { index, score, cosine } of ranking!) {
    const match = matches[index]!;
    delete match.embedding;
    dropLoadedImage(match);
    const scores = match.scores ??= {};
    // In place: there may be any number of others.
    setMember(scores, "clip_score", { value: score, opName: scoredBy });
    setMember(scores, "clip_score_cosine", { value: cosine, opName: "cosine" });
    ordered.push(match);
    if (slices.spent(MATCH_UNITS)) yield;
  }
  document.matches = ordered;
  // The original ignores drop_image_content here: matches come back as they were sent.
  const { drop_image_content: _, ...kept } = parameters;
  setEmbedding({ document, result: query }, kept);
}

/** What each document and each match came to. */
function embeddedIn(docs: Document[], ranked: readonly RankedGroup[]): EmbeddedDocument[] {
  const embedded: EmbeddedDocument[] = [];
  for (const [i, document] of docs.entries()) {
    const { query, candidates } = ranked[i]!;
    embedded.push({ document, result: query });
    for (const [k, match] of document.matches!.entries()) {
      embedded.push({ document: match, result: candidates[k]! });
    }
  }
  return embedded;
}
