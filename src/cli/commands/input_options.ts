/** Options of the commands that read inputs of any length. */
import { INPUT_FORMATS } from "../../bulk/inputs/options.ts";
import type { Option, WordsSpec } from "./command.ts";

/** What is read. */
export const INPUT_WORDS: WordsSpec = {
  usage: "INPUT...",
  least: 1,
  most: Infinity,
  called: "input",
  offered: "path",
  doc: [[
    "INPUT",
    "a folder of images, a pattern ('shards/*.tar'), a text file (a line each), CSV, TSV, JSONL, " +
    "Parquet, tar as img2dataset and WebDataset write it; all of it on the disk or in a bucket " +
    "(s3://bucket/prefix/); or - for standard input",
  ]],
};

/** How it is read. */
export const INPUT_OPTIONS: readonly Option[] = [
  { name: "text", value: "COLUMN", doc: "the column with texts; of tar files a member's ending" },
  {
    name: "image",
    value: "COLUMN",
    doc:
      "the column with images: paths, URLs, s3:// addresses, bytes; of tar files a member's ending",
  },
  {
    name: "input-format",
    value: "KIND",
    choices: INPUT_FORMATS,
    doc: `${INPUT_FORMATS.join(", ")}; default: what the name's ending says`,
  },
  {
    name: "shard",
    value: "K/N",
    doc: "only the K-th of N shares, the same at every run; in place of K the name of a variable " +
      "that counts from 0, as JOB_COMPLETION_INDEX/16",
  },
  { name: "batch-size", value: "N", doc: "items in one request" },
];
