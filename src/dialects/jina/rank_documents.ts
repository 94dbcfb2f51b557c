/** What `/rank` does to documents: each one's matches are ordered by their nearness to it. */
import { ClipError } from "../../errors.ts";
import type { Executor } from "../../service/executors.ts";
import type { CallContext, RankedGroup, Service } from "../../service/service.ts";
import { Slices } from "../../encoding/slices.ts";
import type { Document } from "./document/document.ts";
import { setMember } from "./document/large_object.ts";
import { type EmbeddedDocument, hasContent, requireAll, toItems } from "./document_items.ts";
import { dropLoadedImage, setEmbedding } from "./encode_documents.ts";
import type { Parameters } from "./parameters.ts";

/**
 * Ranks in place.
 * @throws {ClipError} as `Service.rank`; naming the documents that cannot be embedded or have
 * nothing to rank.
 */
export async function rankDocuments(
  docs: Document[],
  executor: Executor,
  parameters: Parameters,
  service: Service,
  context: CallContext,
): Promise<void> {
  const without = docs.findIndex((document) => !document.matches?.length);
  if (without >= 0) {
    throw nothing(`'${docs[without]!.id}' (index ${without}) has no matches to rank`);
  }
  const all: Document[] = [];
  for (const document of docs) {
    all.push(document);
    for (const match of document.matches!) all.push(match);
  }
  const blank = all.find((document) => !hasContent(document));
  if (blank) throw nothing(`'${blank.id}' has nothing to rank: no content`);
  const items = await toItems(all, context.signal);
  let next = 0;
  const groups = docs.map(({ matches }) => ({
    query: items[next++]!,
    candidates: items.slice(next, next += matches!.length),
  }));
  const ranked = await service.rank(groups, executor, context);
  requireAll(embeddedIn(docs, ranked), all);
  const slices = new Slices();
  for (const [i, document] of docs.entries()) {
    await setRanking(document, ranked[i]!, parameters, slices);
  }
}

/** Units of work of a match that gets its scores. */
const MATCH_UNITS = 500;

async function setRanking(
  document: Document,
  { query, ranking }: RankedGroup,
  parameters: Parameters,
  slices: Slices,
): Promise<void> {
  const matches = document.matches!;
  const ordered: Document[] = [];
  for (const { index, score, cosine } of ranking!) {
    const match = matches[index]!;
    delete match.embedding;
    dropLoadedImage(match);
    const scores = match.scores ??= {};
    // In place: there may be any number of others.
    setMember(scores, "clip_score", { value: score, opName: "softmax" });
    setMember(scores, "clip_score_cosine", { value: cosine, opName: "cosine" });
    ordered.push(match);
    if (slices.spent(MATCH_UNITS)) await slices.breathe();
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

function nothing(what: string): ClipError {
  return new ClipError("document", `document ${what}`, { name: "ValueError" });
}
