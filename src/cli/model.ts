/** `model …` on the command line: list, pull, convert, info, verify, prune. */
import { parseArgs } from "node:util";
import { ClipError } from "../errors.ts";
import type { GraphOptions } from "../graph/convert.ts";
import { FAMILY_NAMES, type FamilyName, isFamilyName } from "../model/catalog/families.ts";
import { type Console, processConsole } from "./model/console.ts";
import { convertModel } from "./model/convert.ts";
import { isModelCommand, MODEL_COMMANDS, type ModelCommand, modelHelp } from "./model/help.ts";
import { showInfo } from "./model/info.ts";
import { listModels } from "./model/list.ts";
import { pruneModels } from "./model/prune.ts";
import { pullModel } from "./model/pull.ts";
import { verifyModels } from "./model/verify.ts";

const EXIT_DONE = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** The options of each command; `--help` is every command's. */
const OPTIONS = {
  list: { json: { type: "boolean" }, local: { type: "boolean" }, family: { type: "string" } },
  pull: { onnx: { type: "boolean" } },
  convert: {
    dtype: { type: "string" },
    target: { type: "string" },
    pixels: { type: "string" },
    out: { type: "string" },
  },
  info: { json: { type: "boolean" } },
  verify: {},
  prune: { all: { type: "boolean" } },
} as const satisfies Record<ModelCommand, Record<string, { type: "boolean" | "string" }>>;

/** How many words each command takes after its name: at least, at most. */
const WORDS: Record<ModelCommand, readonly [number, number]> = {
  list: [0, 1],
  pull: [1, 1],
  convert: [1, 1],
  info: [1, 1],
  verify: [0, 1],
  prune: [0, 0],
};

/**
 * Runs a `model` command and gives the process's exit code: 0 done, 1 failed, 2 wrong usage.
 * Results go to standard output, progress and errors to standard error.
 */
export async function runModelCommand(
  args: readonly string[],
  console: Console = processConsole(),
): Promise<number> {
  try {
    return await run(args, console);
  } catch (error) {
    if (!(error instanceof ClipError)) throw error;
    console.err(error.message);
    return error.kind === "config" ? EXIT_USAGE : EXIT_FAILED;
  }
}

async function run(args: readonly string[], console: Console): Promise<number> {
  const [word, ...rest] = args;
  if (word === undefined) {
    console.err(modelHelp());
    return EXIT_USAGE;
  }
  if (word === "--help" || word === "-h" || word === "help") {
    console.out(modelHelp());
    return EXIT_DONE;
  }
  if (!isModelCommand(word)) {
    throw usage(`There is no command "${word}"; choose one of ${MODEL_COMMANDS.join(", ")}`);
  }
  const { values, words } = parse(word, rest);
  if (values.help === true) {
    console.out(modelHelp(word));
    return EXIT_DONE;
  }
  const [least, most] = WORDS[word];
  if (words.length < least) throw usage("A name is missing", word);
  if (words.length > most) throw usage(`"${words[most]}" is one word too many`, word);
  const first = words[0];
  const on = (name: string) => values[name] === true;
  switch (word) {
    case "list":
      return await listModels(console, first, {
        json: on("json"),
        local: on("local"),
        family: familyOf(values),
      });
    case "pull":
      return await pullModel(console, first ?? "", { onnx: on("onnx") });
    case "convert":
      return await convertModel(console, first ?? "", {
        ...graphOptions(values),
        out: typeof values.out === "string" ? values.out : undefined,
      });
    case "info":
      return await showInfo(console, first ?? "", { json: on("json") });
    case "verify":
      return await verifyModels(console, first);
    case "prune":
      return await pruneModels(console, { all: on("all") });
  }
}

type Values = Record<string, string | boolean | undefined>;

function parse(
  command: ModelCommand,
  args: readonly string[],
): { values: Values; words: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...OPTIONS[command], help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    return { values: values as Values, words: positionals };
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error), command);
  }
}

function familyOf({ family }: Values): FamilyName | undefined {
  if (typeof family !== "string") return undefined;
  const name = family.toLowerCase().replaceAll("_", "-");
  if (isFamilyName(name)) return name;
  throw usage(`--family must be ${FAMILY_NAMES.join(", ")}: received "${family}"`, "list");
}

function graphOptions(values: Values): GraphOptions {
  return {
    dtype: choice(values, "dtype", ["fp32", "fp16", "int8"]),
    target: choice(values, "target", ["cpu", "gpu"]),
    pixels: choice(values, "pixels", ["uint8", "float32"]),
  };
}

/** The option's value; the first choice is the default. */
function choice<Name extends string>(
  values: Values,
  option: string,
  choices: readonly [Name, ...Name[]],
): Name {
  const value = values[option];
  if (value === undefined) return choices[0];
  const found = choices.find((each) => each === value);
  if (found !== undefined) return found;
  throw usage(`--${option} must be ${choices.join(", ")}: received "${value}"`, "convert");
}

function usage(message: string, command?: ModelCommand): ClipError {
  const help = command === undefined ? "model --help" : `model ${command} --help`;
  return new ClipError("config", `${message} (\`${help}\` tells more)`);
}

if (import.meta.main) Deno.exit(await runModelCommand(Deno.args));
