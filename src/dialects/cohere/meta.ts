/** What Cohere's answers say of the request. */

/** The version of Cohere's API that a route belongs to. */
export type CohereVersion = 1 | 2;

/** `meta` of an answer. @param units what Cohere would charge for. */
export function metaOf(version: CohereVersion, units: Record<string, number>) {
  return { api_version: { version: String(version) }, billed_units: units };
}
