/** How a command and its options are described: parsing, `--help` and completion read nothing else. */

/** What a shell offers where a value or a word is typed. */
export type Offered =
  /** Nothing: it is for the person to say. */
  | "nothing"
  /** Paths of files and folders, or of folders only. */
  | "path"
  | "folder"
  /** Names of built-in flows, and paths. */
  | "flow"
  /** Names of models. */
  | "model"
  /** These. */
  | readonly string[];

/** One option. */
export interface Option {
  /** Without its dashes. */
  name: string;
  /** One letter. */
  short?: string;
  /** What stands for its value in the help; without it the option takes none. */
  value?: string;
  /** What its value is, in the words of an error: `a number from 0 to 65535`. */
  takes?: string;
  /** What it may be: checked, and offered. */
  choices?: readonly string[];
  /** What is offered for its value. */
  offered?: Offered;
  /** Whether it may be given several times. */
  repeatable?: boolean;
  /** What it does, in the words of the help. */
  doc: string;
}

/** The words of a command that are no options. */
export interface WordsSpec {
  /** How the usage line writes them: `INPUT...`, `[FLOW]`. */
  usage: string;
  /** At least, at most. */
  least: number;
  most: number;
  /** What one is called in `An input is missing`. */
  called: string;
  offered: Offered;
  /** What they are; a name and a text each. */
  doc: readonly (readonly [name: string, text: string])[];
}

/** An example of the help; tests run it. */
export interface Example {
  /** The words after the program's name, as a shell reads them. */
  line: string;
  says: string;
}

/** A command. */
export interface Command {
  name: string;
  /** One line, for the list of commands. */
  summary: string;
  /** What it does, at length. */
  body: string;
  words: WordsSpec;
  options: readonly Option[];
  examples: readonly Example[];
  /** What the exit code says, if it is not the usual. */
  exitCodes?: string;
  /** Commands below this one. */
  commands?: readonly Command[];
}

/** Every command has it. */
export const HELP: Option = { name: "help", short: "h", doc: "print this and exit" };

/** The words of a command that takes none. */
export const NO_WORDS: WordsSpec = {
  usage: "",
  least: 0,
  most: 0,
  called: "word",
  offered: "nothing",
  doc: [],
};
