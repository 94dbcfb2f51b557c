/** `model …` on the command line: list, pull, convert, prepare, info, verify, prune. */
import { ClipError } from "../errors.ts";
import type { GraphOptions } from "../graph/convert.ts";
import { FAMILY_NAMES } from "../model/catalog/families.ts";
import { isJsonFormat, Log } from "../telemetry/log.ts";
import { MODEL } from "./commands/model.ts";
import { type Console, processConsole } from "./model/console.ts";
import { convertModel } from "./model/convert.ts";
import { showInfo } from "./model/info.ts";
import { listModels } from "./model/list.ts";
import { prepareModels } from "./model/prepare.ts";
import { pruneModels } from "./model/prune.ts";
import { pullModel } from "./model/pull.ts";
import { verifyModels } from "./model/verify.ts";
import { commandBelow } from "./words/command_below.ts";
import { commandLine } from "./words/command_help.ts";
import type { Given } from "./words/given.ts";
import { programName } from "./words/program_name.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const COMMANDS = MODEL.commands ?? [];

/** How the models' own task is called. */
const FROM_SOURCE = "deno task";

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
    tell(error.message, console);
    return error.kind === "config" ? EXIT_USAGE : EXIT_FAILED;
  }
}

/** Machines that read the log get a line of JSON for each line, as of a start that failed. */
function tell(message: string, { env, err }: Console): void {
  if (!isJsonFormat(env("LOG_FORMAT"))) return err(message);
  const log = new Log("clipline", { level: "INFO", json: true, color: false, write: err });
  for (const line of message.split("\n")) log.critical(line);
}

async function run(args: readonly string[], console: Console): Promise<number> {
  const program = programName(FROM_SOURCE);
  const below = commandBelow(MODEL, args, console, { help: modelHelp, program });
  if ("exitCode" in below) return below.exitCode;
  return await runOne(below.command.name, below.given, console);
}

async function runOne(word: string, given: Given, console: Console): Promise<number> {
  const first = given.words[0];
  const json = given.on("json");
  switch (word) {
    case "list":
      return await listModels(console, first, {
        json,
        local: given.on("local"),
        family: given.choice("family", FAMILY_NAMES),
      });
    case "pull":
      return await pullModel(console, first ?? "", { onnx: given.on("onnx") });
    case "convert":
      return await convertModel(console, first ?? "", {
        ...graphOptions(given),
        out: given.text("out"),
      });
    case "prepare":
      return await prepareModels(console, first ?? "", given.choice("target", ["cpu", "gpu"]));
    case "info":
      return await showInfo(console, first ?? "", { json });
    case "verify":
      return await verifyModels(console, first);
    default:
      return await pruneModels(console, { all: given.on("all") });
  }
}

function graphOptions(given: Given): GraphOptions {
  return {
    dtype: given.choice("dtype", ["fp32", "fp16", "int8"]) ?? "fp32",
    target: given.choice("target", ["cpu", "gpu"]) ?? "cpu",
    pixels: given.choice("pixels", ["uint8", "float32"]) ?? "uint8",
  };
}

/** What all of `model` prints without a command. */
function modelHelp(): string {
  const program = `${programName(FROM_SOURCE)} model`;
  return [
    `Usage: ${program} COMMAND`,
    "",
    ...COMMANDS.map(commandLine),
    "",
    `\`${program} COMMAND --help\` tells more.`,
    "",
    "Environment: CLIPLINE_CACHE, CLIPLINE_MIRROR, CLIPLINE_OFFLINE, HF_ENDPOINT,",
    "HF_TOKEN, HF_HOME, HTTPS_PROXY, HTTP_PROXY, NO_PROXY, NO_COLOR (docs/models.md).",
    "Exit codes: 0 done, 1 failed, 2 wrong usage.",
  ].join("\n");
}

if (import.meta.main) Deno.exit(await runModelCommand(Deno.args));
