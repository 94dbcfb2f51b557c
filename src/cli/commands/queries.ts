/** `rank`, `index` and `search`. */
import type { Command, Option } from "./command.ts";
import {
  EMBEDDING_OPTIONS,
  JSON_OPTION,
  QUIET_OPTION,
  SERVER_OPTIONS,
} from "./embedding_options.ts";
import { INPUT_OPTIONS, INPUT_WORDS } from "./input_options.ts";

const PLAIN: Option = {
  name: "plain",
  doc: "take every word as a text, also if it names an image file",
};

/** `rank QUERY CANDIDATE...`. */
export const RANK: Command = {
  name: "rank",
  summary: "which of these texts or images fits best",
  body:
    "Ranks candidates by how well they fit an image or a text, and prints a bar for each. The " +
    "name of an image file, its URL or its address in a bucket (s3://bucket/key) means the image; " +
    "all else is a text.",
  words: {
    usage: "QUERY CANDIDATE...",
    least: 2,
    most: Infinity,
    called: "query or candidate",
    offered: "path",
    doc: [
      ["QUERY", "an image file or a text"],
      ["CANDIDATE", "texts or image files; @FILE has one on each line, @- is standard input"],
    ],
  },
  options: [...EMBEDDING_OPTIONS, PLAIN, JSON_OPTION, QUIET_OPTION],
  examples: [
    {
      line: 'rank photos/circle.png "a red circle" "a blue square" --model demo',
      says: "captions",
    },
    { line: "rank photos/circle.png @captions.txt --model demo --json", says: "for programs" },
  ],
};

/** `index INPUT... --server URL`. */
export const INDEX: Command = {
  name: "index",
  summary: "put inputs into a server's index",
  body:
    "Sends every row to a server that keeps an index (search-flow.yml), with its key as id and " +
    "its other columns as tags. A row that is there already is replaced: the same command again " +
    "does no harm. What fails goes to a file.",
  words: INPUT_WORDS,
  options: [
    ...SERVER_OPTIONS,
    ...INPUT_OPTIONS,
    {
      name: "errors",
      value: "FILE",
      offered: "path",
      doc: "where rows go that fail, as JSON lines; default index-errors.jsonl",
    },
    { name: "strict", doc: "stop at the first row that fails" },
    { ...JSON_OPTION, doc: "print what was done as JSON" },
    QUIET_OPTION,
  ],
  examples: [{ line: "index photos --server grpc://localhost:51000", says: "a folder of images" }],
  exitCodes:
    "0 done; 3 done, but some rows are in the file of errors; 1 failed, 2 wrong usage; 130 " +
    "interrupted (143 by SIGTERM).",
};

/** `search QUERY... --server URL`. */
export const SEARCH: Command = {
  name: "search",
  summary: "look for what is nearest in a server's index",
  body:
    "Looks for texts and images in a server's index and prints a table for each. The name of an " +
    "image file, its URL or its address in a bucket (s3://bucket/key) means the image; all else " +
    "is a text.",
  words: {
    usage: "QUERY...",
    least: 1,
    most: Infinity,
    called: "query",
    offered: "path",
    doc: [["QUERY", "a text or an image file; @FILE has one on each line"]],
  },
  options: [
    ...SERVER_OPTIONS,
    { name: "limit", short: "n", value: "N", doc: "matches for each; default 10" },
    {
      name: "filter",
      value: "JSON",
      doc: `only what fits, as '{"colour":{"$eq":"red"}}' (docs/search.md)`,
    },
    PLAIN,
    JSON_OPTION,
    QUIET_OPTION,
  ],
  examples: [
    { line: 'search "a red circle" --server grpc://localhost:51000 --limit 3', says: "a text" },
  ],
};
