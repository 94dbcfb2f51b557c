/** The keys of an entry of `executors:` that is an indexer, and of what stands under its `uses:`. */
import { columns } from "./columns_key.ts";
import { EXECUTOR_JTYPES, EXECUTOR_KEYS } from "./executor_keys.ts";
import { choice, flag, integer, list, oneOf, path, text } from "./key.ts";
import { TRACING_KEYS } from "./tracing_keys.ts";

const MODULES = list({
  doc: "annlite's module, as flows for Jina name it. No Python is read.",
  item: text({ doc: "", default: null, expected: "a module like annlite.executor" }),
  default: null,
});

/** Where an index is kept; it may stand in several places of a flow. */
export function workspace(doc: string) {
  return path({ doc, kind: "new directory" });
}

/** `executors[]` of an indexer. */
export const INDEXER_ENTRY_KEYS = {
  name: {
    ...EXECUTOR_KEYS.name,
    doc: "The indexer's name in logs and metrics, for `targetExecutor` in requests, and of its " +
      "folder in the workspace.",
  },
  workspace: workspace(
    "The directory in which the indexer has a folder of its name; if neither this nor the flow says, " +
      "`CLIPLINE_WORKSPACE` or `./workspace`. Relative to the working directory, and made if it is " +
      "not there.",
  ),
  needs: list({
    doc: "The encoder whose embeddings are kept. Without it the nearest encoder above.",
    item: text({ doc: "", default: null, expected: "the name of an encoder" }),
    default: null,
  }),
  timeout_ready: {
    ...EXECUTOR_KEYS.timeout_ready,
    doc: "Milliseconds the index may take to open; -1 waits for ever.",
  },
  monitoring: EXECUTOR_KEYS.monitoring,
  port_monitoring: EXECUTOR_KEYS.port_monitoring,
  ...TRACING_KEYS,
  replicas: integer({
    doc: "Accepted; an index is one, and answers many requests at a time.",
    min: 1,
    default: null,
  }),
  shards: integer({
    doc: "Accepted; an index is one, and what would be in shards is in it.",
    min: 1,
    default: null,
  }),
  py_modules: MODULES,
};

/** `executors[].uses` of an indexer. */
export const INDEXER_USES_KEYS = {
  jtype: {
    ...choice({
      doc: "What the executor is: `AnnLiteIndexer`.",
      words: ["AnnLiteIndexer"],
      default: "AnnLiteIndexer",
    }),
    expected: oneOf(EXECUTOR_JTYPES),
  },
  workspace: workspace("The same as `workspace` beside `uses`, which wins over it."),
  py_modules: MODULES,
};

/** `executors[].uses.metas` of an indexer. */
export const INDEXER_METAS_KEYS = {
  py_modules: MODULES,
  name: text({ doc: "A name for the indexer if `executors[].name` has none.", default: null }),
  workspace: workspace("The same as `workspace` beside `uses`, which wins over it."),
};

const MAX_LIMIT = 10_000;
const LIMIT = { min: 1, max: MAX_LIMIT, default: null };
const ACCESS_PATH = {
  pattern: /^@?[rcm][\w[\]:,.\s*@-]*$/,
  expected: "an access path like @r, @c or @r,cm",
  default: "@r",
} as const;

/** `executors[].uses.with` of an indexer. */
export const INDEXER_KEYS = {
  n_dim: integer({
    doc:
      "The numbers of an embedding, which are the encoder's. Without it they are taken from its " +
      "model; another number than the model's is an error.",
    aliases: ["dim"],
    min: 1,
    max: 65_536,
    default: null,
  }),
  metric: choice({
    doc: "How far apart two embeddings are, and the name of the scores: `cosine` (1 less the " +
      "cosine), `euclidean`, or `inner_product` (1 less it).",
    words: ["cosine", "euclidean", "inner_product"],
    synonyms: {
      cos: "cosine",
      angular: "cosine",
      l2: "euclidean",
      euclid: "euclidean",
      ip: "inner_product",
      dot: "inner_product",
      dot_product: "inner_product",
      "inner product": "inner_product",
      "inner-product": "inner_product",
      innerproduct: "inner_product",
    },
    default: "cosine",
  }),
  limit: integer({
    doc: "How many documents a query finds if the request does not say; 10 by default.",
    ...LIMIT,
  }),
  include_metadata: flag({
    doc:
      "Whether what is found comes as whole documents if the request does not say, or with ids " +
      "and scores only.",
    default: true,
  }),
  columns: columns({
    doc: "What filters may ask about: names in the documents' `tags`, each with its type.",
    aliases: ["filterable_attrs"],
  }),
  index_access_paths: text({
    doc: "Which documents of a tree are kept if the request does not say: `@r` the roots, `@c` " +
      "their chunks, `@r,c` both.",
    aliases: ["index_traversal_paths"],
    ...ACCESS_PATH,
  }),
  search_access_paths: text({
    doc: "Which documents of a tree are queries if the request does not say.",
    aliases: ["search_traversal_paths"],
    ...ACCESS_PATH,
  }),
  ef_construction: integer({
    doc: "Candidates that are looked at for each vector while the graph is built. More builds a " +
      "better graph, slower.",
    min: 1,
    max: 4096,
    default: 128,
  }),
  ef_search: integer({
    doc: "Candidates that a search looks at, at least. More finds more of what is nearest, slower.",
    aliases: ["ef_query"],
    min: 1,
    max: 10_000,
    default: 128,
  }),
  max_connection: integer({
    doc: "Neighbours of each vector in the graph. More needs more memory and finds more.",
    min: 2,
    max: 256,
    default: 16,
  }),
  data_path: path({
    doc: "The index's own folder, in place of one in the workspace. Made if it is not there.",
    kind: "new directory",
  }),
  url: text({
    doc: "A PostgreSQL with pgvector that keeps the documents, for instance " +
      "`postgresql://user:password@host:5432/database`, in place of a folder. Best from a variable: " +
      "`${{ ENV.DATABASE_URL }}`.",
    pattern: /^postgres(ql)?:\/\//,
    expected: "a URL like postgresql://user:password@host:5432/database",
    secret: true,
    default: null,
  }),
  table: text({
    doc:
      "The table in that database, which is made if it is not there; by default `clipline_` and " +
      "the indexer's name. Servers with the same table share it.",
    pattern: /^([A-Za-z_]\w{0,47}\.)?[A-Za-z_]\w{0,47}$/,
    expected: "a table, or schema.table, of letters, digits and '_' (at most 48 each)",
    default: null,
  }),
  pool_size: integer({
    doc: "Connections to that database; 10 by default.",
    min: 1,
    max: 1000,
    default: null,
  }),
  max_queue: integer({
    doc: "The most documents that wait to be written; beyond it requests are told to come back " +
      "later.",
    min: 1,
    max: 10_000_000,
    default: 100_000,
  }),
};

/** `executors[].uses.with.match_args` of an indexer. */
export const MATCH_KEYS = {
  limit: integer({ doc: "The same as `limit` beside `match_args`, which wins over it.", ...LIMIT }),
  include_metadata: flag({
    doc: "The same as `include_metadata` beside `match_args`, which wins over it.",
    default: true,
  }),
};
