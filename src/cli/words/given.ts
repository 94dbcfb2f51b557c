/** What was given on the command line, by the table of commands. */
import { parseArgs } from "node:util";
import { ClipError } from "../../errors.ts";
import { didYouMean } from "../../flow/suggest.ts";
import type { Command } from "../commands/command.ts";
import { optionsOf } from "../commands/table.ts";

/** Makes the error of a command line that means nothing. */
export type UsageFault = (message: string) => ClipError;

/** The error of commands below `main.ts`. @param path as `model list` */
export function usageFault(path: string): UsageFault {
  return (message) =>
    new ClipError("config", `${message} (\`${path} --help\` tells more)`, { name: "UsageError" });
}

/** Options and words, checked against a command. */
export class Given {
  /** All that is no option. */
  readonly words: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #fault: UsageFault;

  constructor(
    words: readonly string[],
    values: ReadonlyMap<string, readonly string[]>,
    fault: UsageFault,
  ) {
    this.words = words;
    this.#values = values;
    this.#fault = fault;
  }

  /** Whether an option without a value is there. */
  on(name: string): boolean {
    return this.#values.has(name);
  }

  /** An option's value; of several the last. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** All values of an option. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** A value of one of these words, which the table's `choices` are. */
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.text(name);
    return choices.find((choice) => choice === value);
  }

  /** A whole number. @throws {ClipError} "config" if it is none, or out of bounds. */
  whole(name: string, least: number, most: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (number >= least && number <= most) return number;
    throw this.fault(
      `--${name} takes a whole number from ${least} to ${most}: received "${value}"`,
    );
  }

  /** The error of an option that is wrong for another reason than the table knows. */
  fault(message: string): ClipError {
    return this.#fault(message);
  }

  /** @throws {ClipError} "config" unless there are as many words as the command takes. */
  checkWords({ words: { least, most, called } }: Command): void {
    const extra = this.words[most];
    if (extra !== undefined) throw this.#fault(`"${extra.slice(0, 100)}" is one word too many`);
    if (this.words.length >= least) return;
    const article = /^[aeiou]/.test(called) ? "An" : "A";
    throw this.#fault(`${article} ${called} is missing`);
  }
}

/**
 * Reads the words after a command. Their number is not checked: `--help` goes before that.
 * @throws {ClipError} "config" for an option that there is not, or a value that it cannot have.
 */
export function readGiven(command: Command, args: readonly string[], fault: UsageFault): Given {
  const options = optionsOf(command);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(options.map(({ name, short, value }) => [name, {
      type: value === undefined ? "boolean" : "string",
      multiple: true,
      ...(short === undefined ? {} : { short }),
    }])),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const words: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const option = options.find(({ name }) => name === token.name);
    if (option === undefined) {
      const near = didYouMean(token.name, options.map(({ name }) => name)).replace("'", "'--");
      throw fault(`There is no option '${token.rawName.slice(0, 100)}'${near}`);
    }
    const { name, value, choices, repeatable } = option;
    if (value === undefined && token.value !== undefined) {
      throw fault(`'${token.rawName}' takes no value`);
    }
    if (value !== undefined && token.value === undefined) {
      throw fault(`'${token.rawName}' takes ${option.takes ?? `a value, ${value}`}: got nothing`);
    }
    if (values.has(name) && value !== undefined && !repeatable) {
      throw fault(`'${token.rawName}' is given twice`);
    }
    const text = token.value ?? "";
    values.set(name, [...values.get(name) ?? [], checked(name, text, choices, fault)]);
  }
  return new Given(words, values, fault);
}

/** The choice that was meant: case, `_` and `-` do not matter. */
function checked(
  name: string,
  text: string,
  choices: readonly string[] | undefined,
  fault: UsageFault,
): string {
  if (choices === undefined) return text;
  const folded = text.toLowerCase().replaceAll("_", "-");
  const found = choices.find((choice) => choice === folded);
  if (found !== undefined) return found;
  const near = didYouMean(text, choices);
  throw fault(`--${name} must be ${choices.join(", ")}: received "${text.slice(0, 100)}"${near}`);
}
