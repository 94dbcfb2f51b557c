/** Braces in arguments, as shells and WebDataset have them: `{a,b}` and `{00000..00012}`. */
import { ClipError } from "../../../errors.ts";
import { MAX_BRACES } from "../bounds.ts";

/**
 * What an argument with braces stands for, in the order in which it is written. Braces without a
 * comma or a range are letters like others.
 * @throws {ClipError} "config" if that is more than `MAX_BRACES`.
 */
export function expandBraces(argument: string): string[] {
  const words: string[] = [];
  expand("", argument, words, argument);
  return words;
}

function expand(before: string, rest: string, words: string[], argument: string): void {
  const pair = firstPair(rest);
  if (pair === undefined) {
    if (words.length === MAX_BRACES) {
      throw new ClipError("config", `'${argument}' stands for more than ${MAX_BRACES} paths`);
    }
    words.push(before + rest);
    return;
  }
  const { open, close, choices } = pair;
  for (const choice of choices) {
    // A choice may have braces of its own.
    expand(before + rest.slice(0, open), choice + rest.slice(close + 1), words, argument);
  }
}

/** The first braces that mean something. */
function firstPair(
  text: string,
): { open: number; close: number; choices: Iterable<string> } | undefined {
  for (let open = text.indexOf("{"); open >= 0; open = text.indexOf("{", open + 1)) {
    const commas: number[] = [];
    let depth = 0;
    for (let at = open; at < text.length; at++) {
      const letter = text[at];
      if (letter === "{") depth++;
      else if (letter === "," && depth === 1) commas.push(at);
      else if (letter === "}" && --depth === 0) {
        const choices = commas.length > 0
          ? [open, ...commas].map((from, i) => text.slice(from + 1, commas[i] ?? at))
          : range(text.slice(open + 1, at));
        if (choices !== undefined) return { open, close: at, choices };
        break;
      }
    }
  }
  return undefined;
}

function range(inside: string): Iterable<string> | undefined {
  const match = /^(\d{1,9})\.\.(\d{1,9})$/.exec(inside);
  if (match === null) return undefined;
  const [, first, last] = match as unknown as [string, string, string];
  const padded = /^0\d/.test(first) || /^0\d/.test(last);
  const width = padded ? Math.max(first.length, last.length) : 0;
  return numbers(Number(first), Number(last), width);
}

function* numbers(first: number, last: number, width: number): Generator<string> {
  const step = first <= last ? 1 : -1;
  for (let i = first; i !== last + step; i += step) yield String(i).padStart(width, "0");
}
