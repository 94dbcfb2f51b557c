/** The configs and tokenizers that are published beside weights. */
import type { FileBeside } from "./entry.ts";

/** Which files to get. */
export interface BesideOptions {
  /** Configs, which decide where they are there. */
  configs?: readonly string[];
  /** The same, of which one is needed. */
  neededConfigs?: readonly string[];
  /** Names of the tokenizer's file, best first: texts cannot be read without. */
  tokenizers?: readonly string[];
  /** A repository that has the tokenizer, too. */
  orOf?: string;
}

/** The hub's present names of repositories that had no owner once. */
const OWNERS: Readonly<Record<string, string>> = {
  "roberta-base": "FacebookAI/roberta-base",
  "xlm-roberta-base": "FacebookAI/xlm-roberta-base",
  "xlm-roberta-large": "FacebookAI/xlm-roberta-large",
  "bert-base-uncased": "google-bert/bert-base-uncased",
};

/** The list for a source of a catalog entry. */
export function besideWeights(
  { configs = [], neededConfigs = [], tokenizers = [], orOf }: BesideOptions,
): FileBeside[] {
  const own = (file: string) => ({ from: [{ file }] });
  const repository = orOf === undefined ? undefined : OWNERS[orOf] ?? orOf;
  const both = (files: readonly string[]) => [
    ...files.map((file) => ({ file })),
    ...(repository === undefined ? [] : files.map((file) => ({ repository, file }))),
  ];
  return [
    ...neededConfigs.map((file) => ({ ...own(file), needed: true })),
    ...configs.map((file) => ({ ...own(file), needed: false })),
    ...(tokenizers.length === 0 ? [] : [
      { from: both(tokenizers), needed: true },
      { from: both(["tokenizer_config.json"]), needed: false },
    ]),
  ];
}
