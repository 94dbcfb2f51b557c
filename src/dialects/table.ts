/** The dialects that are spoken. */
import type { Dialect } from "../exchange/dialect.ts";
import type { ApiName } from "../flow/gateway_keys.ts";
import type { DialectContext } from "./context.ts";
import { infinityDialect } from "./infinity/dialect.ts";
import { cohereDialect } from "./cohere/dialect.ts";
import { immichDialect } from "./immich/dialect.ts";
import { jinaDialect } from "./jina/dialect.ts";
import { oipDialect } from "./oip/dialect.ts";
import { qdrantDialect } from "./qdrant/dialect.ts";
import { voyageDialect } from "./voyage/dialect.ts";
import { weaviateDialect } from "./weaviate/dialect.ts";
import { openAiDialect } from "./openai/dialect.ts";
import { teiDialect } from "./tei/dialect.ts";

/** Makes a dialect. */
export type DialectMaker = (context: DialectContext) => Dialect;

/**
 * All dialects, by their names in `apis`. Where two of them have the same path and method the first
 * one's is asked first; what belongs to none is refused in the first one's manner.
 */
export const DIALECTS: Readonly<Partial<Record<ApiName, DialectMaker>>> = {
  jina: jinaDialect,
  openai: openAiDialect,
  // Before infinity, which has `/v1/rerank` too: it takes what comes from its own clients.
  cohere: cohereDialect,
  infinity: infinityDialect,
  // Before TEI: `/ping` says more here, and TEI's clients look at the status alone.
  immich: immichDialect,
  voyage: voyageDialect,
  tei: teiDialect,
  oip: oipDialect,
  weaviate: weaviateDialect,
  qdrant: qdrantDialect,
};

/** The dialects of a flow, in the order of the table. */
export function dialectsOf(apis: readonly ApiName[]): DialectMaker[] {
  return Object.entries(DIALECTS).flatMap(([name, make]) =>
    apis.includes(name as ApiName) ? [make] : []
  );
}
