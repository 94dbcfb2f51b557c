/** `completion`: prints a shell's script. */
import { didYouMean } from "../../flow/suggest.ts";
import { type Shell, SHELLS } from "../commands/completion.ts";
import { EXIT_OK } from "../exit_code.ts";
import type { Console } from "../model/console.ts";
import type { Given } from "../words/given.ts";
import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

const SCRIPTS: Readonly<Record<Shell, () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** Prints it; the exit code. @throws {ClipError} "config" for a shell that there is none for. */
export function printCompletion(given: Given, console: Console): Promise<number> {
  const [word = ""] = given.words;
  const shell = SHELLS.find((each) => each === word);
  if (shell === undefined) {
    throw given.fault(
      `There is completion for ${SHELLS.join(", ")}: not for "${word.slice(0, 100)}"` +
        didYouMean(word, SHELLS),
    );
  }
  console.out(SCRIPTS[shell]().trimEnd());
  return Promise.resolve(EXIT_OK);
}
