/** Parts of an OpenAPI 3.1 document, as dialects bring them. */

/** A JSON object of the description. */
export type OpenApiObject = Record<string, unknown>;

/** One contributor's share of the document. */
export interface OpenApiPart {
  /** In the order in which they are shown; only those that an operation uses are. */
  tags: readonly { name: string; description: string }[];
  /** Operations by path and method in small letters. */
  paths: Readonly<Record<string, Readonly<Record<string, OpenApiObject>>>>;
  /** Names are shared by all: each dialect's begin with its own name, but for the first's. */
  components?: Readonly<
    Partial<Record<"schemas" | "requestBodies" | "responses", Record<string, OpenApiObject>>>
  >;
}
