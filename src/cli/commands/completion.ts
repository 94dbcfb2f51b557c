/** `completion SHELL`. */
import { type Command, NO_WORDS } from "./command.ts";

/** The shells that there is one for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of them. */
export type Shell = typeof SHELLS[number];

/** `completion bash|zsh|fish`. */
export const COMPLETION: Command = {
  name: "completion",
  summary: "print what makes a shell complete all this",
  body:
    "Prints a script for a shell, in which Tab then completes commands, options, what they may " +
    "be, files, flows and models, wherever the program is called clipline.",
  words: {
    ...NO_WORDS,
    usage: SHELLS.join("|"),
    least: 1,
    most: 1,
    called: "shell",
    offered: SHELLS,
    doc: [],
  },
  options: [],
  examples: [{ line: "completion bash > clipline.bash", says: "then: source clipline.bash" }],
};
