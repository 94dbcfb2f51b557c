/** What is said of the indexer's HTTP routes. */
import type { IndexOperation } from "./operation.ts";

/** How a route is described. */
interface RouteDescription {
  summary: string;
  description: string;
  /** Jina's own method of the path, beside POST. */
  method?: "PUT" | "DELETE";
  /** A body, for example. */
  example: Record<string, unknown>;
}

/** By operation. */
export const INDEX_ROUTES: Readonly<Record<IndexOperation, RouteDescription>> = {
  index: {
    summary: "Embed documents and keep them",
    description:
      "Documents with `text`, `blob`, `tensor` or `uri` are embedded; others are kept by the " +
      "`embedding` that they bring. All of it is kept but `matches` (no `blob` with " +
      "`drop_image_content`), and found from the answer on. An id that is there is replaced.",
    example: {
      data: [{ id: "shoe-1", text: "a red shoe", tags: { price: 49.5, brand: "acme" } }],
    },
  },
  search: {
    summary: "Find the documents nearest to each document",
    description:
      "Each document gets `matches`: documents that are kept, nearest first, with the distance in " +
      "`scores` under the metric's name; 0 is equal.",
    example: {
      data: [{ text: "something to wear" }],
      parameters: { limit: 3, filter: { price: { $lt: 50 } } },
    },
  },
  update: {
    summary: "Replace documents that are kept",
    description: "As `/index`, but documents whose ids are not there are left out.",
    method: "PUT",
    example: { data: [{ id: "shoe-1", text: "a blue shoe", tags: { price: 39.5 } }] },
  },
  delete: {
    summary: "Remove documents by their ids",
    description: "Those of the documents, and those of the parameter `ids`.",
    method: "DELETE",
    example: { parameters: { ids: ["shoe-1"] } },
  },
  status: {
    summary: "Tell how many documents are kept",
    description:
      "One document whose `tags` are `total_docs`, `index_size`, `appending_size` (0: what was " +
      "answered is found), `n_dim` and `metric`.",
    example: { parameters: {} },
  },
  filter: {
    summary: "List documents by their tags",
    description: "Without a search, in the order in which they were written, all without a filter.",
    example: { parameters: { filter: { brand: { $eq: "acme" } }, limit: 10 } },
  },
  clear: {
    summary: "Remove all documents",
    description: "There is no way back but `/restore`.",
    example: { parameters: {} },
  },
  backup: {
    summary: "Copy what is kept, under a name",
    description: "A copy of that name is replaced; `default` if none is given.",
    example: { parameters: { target_name: "monday" } },
  },
  restore: {
    summary: "Put a copy in the place of what is kept",
    description: "The one of `source_name`; `default` if none is given.",
    example: { parameters: { source_name: "monday" } },
  },
  fill_embedding: {
    summary: "Give documents the embeddings that are kept under their ids",
    description: "What else they hold comes back as it was sent.",
    example: { data: [{ id: "shoe-1" }] },
  },
};
