/** What `model --help` and `model COMMAND --help` print. */

import { FAMILY_NAMES } from "../../model/catalog/families.ts";
import { wrap } from "./text.ts";

/** All of them, in lines of 80 columns below each other. */
function families(): string {
  return wrap(FAMILY_NAMES.join(", "), 58).replaceAll("\n", `\n${" ".repeat(21)}`);
}

const COMMANDS = {
  list: {
    usage: "list [NAME] [options]",
    summary: "the models that a flow may name",
    body: `Prints every model of the catalog, the one of that name, or all that have it in
one of theirs: sizes of its embeddings, images (pixels) and texts (ids), their
languages, and whether its weights or ready ONNX files are in one of the caches.
Names of other programs will do (docs/models.md).

      --family NAME  only of that family:
                     ${families()}
      --local        only those that are here
      --json         as JSON, with all spellings, architecture and paths`,
  },
  pull: {
    usage: "pull NAME [--onnx]",
    summary: "get a model's weights into the cache",
    body: `Downloads the weights, with what is published beside them (configs, tokenizer),
unless a cache has them, checks their hashes, and prints the path (of M-CLIP's
models two: that of the texts, and that of the images). An interrupted download
goes on where it stopped.

      --onnx     ready ONNX files instead, where somebody has them`,
  },
  convert: {
    usage: "convert PATH|NAME [options]",
    summary: "make ONNX graphs from weights",
    body: `Converts a checkpoint (.pt, .pth, .bin, .safetensors, or a folder with one and
its config), or a model of the catalog, and prints the folder with the graphs.

      --out DIR       where to; default: the cache, where the server finds them
      --dtype TYPE    fp32 (default), fp16 or int8
      --target WHERE  cpu (default) or gpu
      --pixels TYPE   uint8 (default: the graph normalises) or float32`,
  },
  info: {
    usage: "info PATH|NAME [--json]",
    summary: "architecture, sizes, types and origin",
    body: `Describes a checkpoint on disk, or a model of the catalog and its checkpoint if
that is here: languages, licence, memory, where it and its name come from, and
what its files are compared with. No weights are read.

      --json     as JSON`,
  },
  verify: {
    usage: "verify [NAME]",
    summary: "read all files again and compare hashes",
    body: `Reads every file of the named model (default: of all models) in the caches and
compares it with the published hash, or with what it was when it was
downloaded. Exit code 1 when one is wrong.`,
  },
  prune: {
    usage: "prune [--all]",
    summary: "remove conversions that are of no use",
    body: `Removes converted graphs that another version of the program made, damaged ones,
and what interrupted conversions left. Weights are never removed, and running
servers keep what they have opened.

      --all      every conversion: the next start converts again`,
  },
} as const;

/** A command of `model`. */
export type ModelCommand = keyof typeof COMMANDS;

/** The commands' names. */
export const MODEL_COMMANDS = Object.keys(COMMANDS) as ModelCommand[];

/** Narrows a word to a command. */
export function isModelCommand(word: string): word is ModelCommand {
  return Object.hasOwn(COMMANDS, word);
}

/** The help of one command, or of all. */
export function modelHelp(command?: ModelCommand): string {
  if (command !== undefined) {
    const { usage, body } = COMMANDS[command];
    return `Usage: deno task model ${usage}\n\n${body}\n  -h, --help     this text`;
  }
  const width = Math.max(...MODEL_COMMANDS.map((name) => COMMANDS[name].usage.length));
  const lines = MODEL_COMMANDS.map((name) =>
    `  ${COMMANDS[name].usage.padEnd(width)}  ${COMMANDS[name].summary}`
  );
  return [
    "Usage: deno task model COMMAND",
    "",
    ...lines,
    "",
    "`deno task model COMMAND --help` tells more.",
    "",
    "Environment: CLIPLINE_CACHE, CLIPLINE_MIRROR, CLIPLINE_OFFLINE, HF_ENDPOINT,",
    "HF_TOKEN, HF_HOME, HTTPS_PROXY, HTTP_PROXY, NO_PROXY, NO_COLOR (docs/models.md).",
    "Exit codes: 0 done, 1 failed, 2 wrong usage.",
  ].join("\n");
}
