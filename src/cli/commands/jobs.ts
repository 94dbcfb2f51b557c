/** `encode` and `merge`: long jobs from inputs to files. */
import { type Command, NO_WORDS, type Option } from "./command.ts";
import { EMBEDDING_OPTIONS, JSON_OPTION, QUIET_OPTION } from "./embedding_options.ts";
import { INPUT_OPTIONS, INPUT_WORDS } from "./input_options.ts";

const EXIT_CODES = "0 done; 3 done, but some rows are in errors.jsonl; 1 failed, 2 wrong usage; " +
  "130 interrupted (143 by SIGTERM): the same command goes on.";

const WORK: Option = {
  name: "work",
  value: "DIR",
  offered: "folder",
  doc: "with s3://: where the part being written lies; default: jobs in the cache",
};

const ACCEPT_ERRORS: Option = {
  name: "accept-errors",
  doc: "end with 0, not 3, where rows are in errors.jsonl: for schedulers, to which 3 is a failure",
};

const OVERWRITE: Option = { name: "overwrite", doc: "remove what another job left in the folder" };

/** `encode INPUT... --out DIR`. */
export const ENCODE: Command = {
  name: "encode",
  summary: "embed folders, tables and shards into files",
  body:
    "Embeds every image and text of the inputs and writes the embeddings, in the order of the " +
    "inputs, in parts that are complete or not there. What cannot be read goes to errors.jsonl. " +
    "Interrupted or killed, the same command goes on where it was.",
  words: INPUT_WORDS,
  options: [
    {
      name: "out",
      short: "o",
      value: "DIR",
      offered: "folder",
      doc: "where to: a folder, made if need be, or s3://BUCKET/PREFIX",
    },
    WORK,
    ...EMBEDDING_OPTIONS,
    ...INPUT_OPTIONS,
    {
      name: "embed",
      value: "WHAT",
      choices: ["any", "image", "text", "both"],
      doc:
        "of rows with both: any (the image, else the text), image, text or both; default: what " +
        "the first row has",
    },
    {
      name: "format",
      value: "FORMAT",
      choices: ["npy", "parquet", "jsonl"],
      doc: "npy (default) with ids beside it, parquet or jsonl",
    },
    {
      name: "layout",
      value: "LAYOUT",
      choices: ["plain", "clip-retrieval"],
      doc:
        "clip-retrieval: img_emb/, text_emb/ and metadata/, as its index and autofaiss read them",
    },
    {
      name: "dtype-out",
      value: "TYPE",
      choices: ["float32", "float16"],
      doc: "numbers of .npy files: float32 (default) or float16",
    },
    { name: "normalize", doc: "make every embedding of length 1, as clip-retrieval's always are" },
    {
      name: "rows-per-file",
      value: "N",
      doc: "rows of a part; default 1000000, in buckets 100000",
    },
    { name: "strict", doc: "stop at the first row that fails" },
    ACCEPT_ERRORS,
    OVERWRITE,
    { ...JSON_OPTION, doc: "print what was done as JSON" },
    QUIET_OPTION,
  ],
  examples: [
    { line: "encode photos --out embeddings --model demo", says: "a folder of images" },
    {
      line: "encode captions.csv --text caption --out captions --model demo --format parquet",
      says: "a column",
    },
    {
      line: "encode photos --out shared --server grpc://localhost:51000 --shard 1/2",
      says: "half of it, by a server",
    },
  ],
  exitCodes: EXIT_CODES,
};

/** `merge OUT SHARD...`. */
export const MERGE: Command = {
  name: "merge",
  summary: "check the shards of a job and join them",
  body: "Joins what `encode --shard` wrote into one, in the order of the shards, after " +
    "it has checked that they are of one job, that all are there and finished, and that no row is " +
    "in two of them.",
  words: {
    ...NO_WORDS,
    usage: "OUT SHARD...",
    least: 2,
    most: Infinity,
    called: "folder",
    offered: "folder",
    doc: [
      ["OUT", "the folder to write, or s3://BUCKET/PREFIX"],
      ["SHARD", "folders of all shards, s3:// too; or the one that they lie in"],
    ],
  },
  options: [
    WORK,
    ACCEPT_ERRORS,
    OVERWRITE,
    { ...JSON_OPTION, doc: "print what was done as JSON" },
    QUIET_OPTION,
  ],
  examples: [{ line: "merge whole part-1 part-2", says: "two shards" }],
  exitCodes: EXIT_CODES,
};
