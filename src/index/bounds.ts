/** What an indexer takes at most. */

/** Hits of a query, and documents of a listing. */
export const MAX_LIMIT = 10_000;
/** Hits of all queries of a request. */
export const MAX_HITS = 100_000;
/** Bytes of UTF-8 of an id. */
export const MAX_ID_BYTES = 1024;
/** Bytes of documents and embeddings that may wait to be written. */
export const MAX_QUEUE_BYTES = 512 * 2 ** 20;
/** Names of backups: they become names of files and tables. */
export const BACKUP_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Backups of an index: who may make them could fill a disk by nothing but names. */
export const MAX_BACKUPS = 100;
/** The largest number of half precision, in which graphs keep embeddings. */
export const MAX_HALF = 65_504;
