/** What each operation does. */
import type { Operation } from "./call.ts";
import { deleteDocuments } from "./delete_documents.ts";
import { indexDocuments, updateDocuments } from "./index_documents.ts";
import { fillEmbeddings, listDocuments } from "./list_documents.ts";
import { backUpIndex, clearIndex, indexStatus, restoreIndex } from "./manage_index.ts";
import type { IndexOperation } from "./operation.ts";
import { searchDocuments } from "./search_documents.ts";

/** By their names. */
export const OPERATIONS: Readonly<Record<IndexOperation, Operation>> = {
  index: indexDocuments,
  search: searchDocuments,
  update: updateDocuments,
  delete: deleteDocuments,
  status: indexStatus,
  filter: listDocuments,
  clear: clearIndex,
  backup: backUpIndex,
  restore: restoreIndex,
  fill_embedding: fillEmbeddings,
};
