/** `model` and what is below it. */
import { FAMILY_NAMES } from "../../model/catalog/families.ts";
import { type Command, NO_WORDS, type WordsSpec } from "./command.ts";
import { JSON_OPTION } from "./embedding_options.ts";

/** A name of the catalog. */
function nameWord(usage: string, least: number): WordsSpec {
  return { usage, least, most: 1, called: "name", offered: "model", doc: [] };
}

/** `model COMMAND`. */
export const MODEL: Command = {
  name: "model",
  summary: "list, fetch and check models",
  body: "Handles the models that flows name, and the cache that they are kept in.",
  words: { ...NO_WORDS, usage: "COMMAND", most: Infinity },
  options: [],
  examples: [{ line: "model list --local", says: "what is here" }],
  commands: [
    {
      name: "list",
      summary: "the models that a flow may name",
      body:
        "Prints every model of the catalog, the one of that name, or all that have it in one of " +
        "theirs: sizes of its embeddings, images (pixels) and texts (ids), their languages, and " +
        "whether its weights or ready ONNX files are in one of the caches. Names of other programs " +
        "will do (docs/models.md).",
      words: nameWord("[NAME]", 0),
      options: [
        {
          name: "family",
          value: "NAME",
          choices: FAMILY_NAMES,
          doc: `only of that family: ${FAMILY_NAMES.join(", ")}`,
        },
        { name: "local", doc: "only those that are here" },
        { ...JSON_OPTION, doc: "as JSON, with all spellings, architecture and paths" },
      ],
      examples: [{ line: "model list --family siglip2", says: "all of a family" }],
    },
    {
      name: "pull",
      summary: "get a model's weights into the cache",
      body:
        "Downloads the weights, with what is published beside them (configs, tokenizer), unless " +
        "a cache has them, checks their hashes, and prints the path (of M-CLIP's models two: that " +
        "of the texts, and that of the images). An interrupted download goes on where it stopped.",
      words: nameWord("NAME", 1),
      options: [{ name: "onnx", doc: "ready ONNX files instead, where somebody has them" }],
      examples: [{ line: "model pull ViT-B-32::openai", says: "before a machine goes offline" }],
    },
    {
      name: "convert",
      summary: "make ONNX graphs from weights",
      body: "Converts a checkpoint (.pt, .pth, .bin, .safetensors, or a folder with one and its " +
        "config), or a model of the catalog, and prints the folder with the graphs.",
      words: { ...nameWord("PATH|NAME", 1), offered: "model" },
      options: [
        {
          name: "out",
          value: "DIR",
          offered: "folder",
          doc: "where to; default: the cache, where the server finds them",
        },
        {
          name: "dtype",
          value: "TYPE",
          choices: ["fp32", "fp16", "int8"],
          doc: "fp32 (default), fp16 or int8",
        },
        { name: "target", value: "WHERE", choices: ["cpu", "gpu"], doc: "cpu (default) or gpu" },
        {
          name: "pixels",
          value: "TYPE",
          choices: ["uint8", "float32"],
          doc: "uint8 (default: the graph normalises) or float32",
        },
      ],
      examples: [{
        line: "model convert ./checkpoint --out graphs",
        says: "a folder with weights",
      }],
    },
    {
      name: "prepare",
      summary: "get and convert all that a flow opens",
      body:
        "Fetches, checks and converts the models of all executors of a flow into the cache, as its " +
        "start would, and prints the folders with their graphs. After it `serve` starts without a " +
        "network and without a conversion. What is there already is found in a moment, and several " +
        "may prepare into one cache at a time. A device that the flow names is prepared for whether " +
        "it is here or not.",
      words: {
        usage: "FLOW",
        least: 1,
        most: 1,
        called: "flow",
        offered: "flow",
        doc: [["FLOW", "a Flow YAML, or the name of a built-in one, as for `serve`"]],
      },
      options: [{
        name: "target",
        value: "WHERE",
        choices: ["cpu", "gpu"],
        doc: "what `device: auto` will be where the flow is served; default: what it is here",
      }],
      examples: [{ line: "model prepare demo", says: "in an init container, or before a start" }],
    },
    {
      name: "info",
      summary: "architecture, sizes, types and origin",
      body:
        "Describes a checkpoint on disk, or a model of the catalog and its checkpoint if that is " +
        "here: languages, licence, memory, where it and its name come from, and what its files " +
        "are compared with. No weights are read.",
      words: nameWord("PATH|NAME", 1),
      options: [{ ...JSON_OPTION, doc: "as JSON" }],
      examples: [{ line: "model info ViT-B-32::openai", says: "what the catalog knows" }],
    },
    {
      name: "verify",
      summary: "read all files again and compare hashes",
      body:
        "Reads every file of the named model (default: of all models) in the caches and compares " +
        "it with the published hash, or with what it was when it was downloaded. Exit code 1 when " +
        "one is wrong.",
      words: nameWord("[NAME]", 0),
      options: [],
      examples: [{ line: "model verify", says: "all of them" }],
    },
    {
      name: "prune",
      summary: "remove conversions and copies that are of no use",
      body:
        "Removes converted graphs that another version of the program made, damaged ones, and " +
        "what interrupted conversions left; and copies of models in buckets that were replaced " +
        "there. Weights are not removed otherwise, and running servers keep what they have opened.",
      words: NO_WORDS,
      options: [{ name: "all", doc: "every conversion: the next start converts again" }],
      examples: [{ line: "model prune", says: "frees the space" }],
    },
  ],
};
