/** The groups of Jina's routes in the API's description, named after the server that had them first. */
export const JINA_TAGS = {
  embeddings: "clip-as-service",
  debug: "clip-as-service: debug",
  crud: "clip-as-service: CRUD",
  health: "clip-as-service: health",
} as const;
