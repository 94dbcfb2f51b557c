/** `parameters` that mean something to an indexer, validated. */
import { z } from "zod";
import { BACKUP_NAME, MAX_LIMIT } from "../../../index/bounds.ts";
import type { JsonObject } from "../document/document.ts";
import { readOwn } from "../parameters.ts";

/** Documents that a list may pass over. */
const MAX_OFFSET = 1_000_000_000;

/** What a copy may be called: never a path. */
const copyName = z.string().regex(BACKUP_NAME, {
  error: "must be 1 to 64 letters, digits, '.', '_' and '-', the first a letter or digit",
}).optional();
const flag = z.boolean().optional();

/** Ids as they are sent: one, or a list. */
type Ids = string | number | (string | number)[];

// Of what may have a million entries zod would make a copy, entry by entry, in one go.
const filter = z.unknown().refine((value) => typeof value === "object" && value !== null, {
  error: 'must be an object, such as {"price": {"$lt": 50}}',
}).meta({ type: ["object", "array"] });
const ids = z.unknown().refine(
  (value): value is Ids => isId(value) || (Array.isArray(value) && value.every(isId)),
  { error: "must be a list of ids" },
).meta({ type: ["string", "number", "array"], items: { type: ["string", "number"] } });

function isId(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

/**
 * The parameters of annlite's executor, each with what it means; they are also the OpenAPI
 * description's. JSON's integers come as doubles out of protobuf.
 */
export const INDEX_PARAMETERS = z.object({
  access_paths: z.string().optional(),
  traversal_paths: z.string().optional(),
  on_error: z.enum(["fail", "skip"]).optional(),
  limit: z.number().int().min(1).max(MAX_LIMIT).optional().describe(
    "`/search`: matches of each document (default: the indexer's `limit`). `/filter`: documents",
  ),
  filter: filter.optional().describe(
    "`/search`, `/filter`: what tags must be, of declared `columns`. `$lt`, `$lte`, `$gt`, `$gte`, " +
      "`$eq`, `$neq`, `$in`, `$nin`, `$and`, `$or`",
  ),
  include_metadata: flag.describe(
    "`/search`, `/filter`: whole documents (default: the indexer's `include_metadata`), or id and score",
  ),
  only_id: flag.describe(
    "`/search`, `/filter`: id and score only, whatever `include_metadata` says",
  ),
  include_embeddings: flag.describe(
    "`/search`, `/filter`: whether whole documents carry their embeddings (default: true)",
  ),
  exclude_self: flag.describe("`/search`: leave a match out that has the id of its query"),
  offset: z.number().int().min(0).max(MAX_OFFSET).optional().describe(
    "`/filter`: how many documents to pass over",
  ),
  ids: ids.optional().describe(
    "`/delete`: ids, beside those of the documents",
  ),
  raise_errors_on_not_found: flag.describe(
    "`/update`, `/delete`: an error if some of the documents are not in the index",
  ),
  target_name: copyName.describe("`/backup`: the copy's name"),
  source_name: copyName.describe("`/restore`: the copy's name; `target_name` will do"),
});

/** Validated parameters. */
export type IndexParameters = z.infer<typeof INDEX_PARAMETERS>;

/** The ids of `ids`; a number is read as its text, as a document's id is. */
export function idsOf({ ids = [] }: IndexParameters): string[] {
  const given = ids as Ids;
  return Array.isArray(given) ? given.map(String) : [String(given)];
}

/** Whether whole documents are asked for; undefined where the indexer decides. */
export function wantsDocuments(
  { only_id, include_metadata }: IndexParameters,
): boolean | undefined {
  return only_id ? false : include_metadata;
}

/**
 * Reads the parameters for an indexer; `<indexer>__<key>` addresses it alone.
 * @throws {ParameterError} naming each that is wrong.
 */
export function readIndexParameters(given: JsonObject, indexer: string): IndexParameters {
  return readOwn(INDEX_PARAMETERS, given, indexer);
}
