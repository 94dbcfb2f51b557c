/** Patterns of paths: `*`, `?`, `[a-z]` within a name, `**` for folders in folders. */

/** A pattern, taken apart. */
export interface Glob {
  /** The folder before the first name with a pattern in it; empty for the working folder. */
  base: string;
  /** Whether a path below the base is meant. */
  matches(path: string): boolean;
  /** Names from the base down; infinite with `**`. */
  depth: number;
  /** Letters that all such paths begin with. */
  start: string;
  /** A name in it begins with a dot, so that hidden files may be meant. */
  hidden: boolean;
}

/** Whether there is a pattern in an argument. */
export function isGlob(argument: string): boolean {
  return /[*?[]/.test(argument);
}

/** The pattern of an argument for which `isGlob` is true. */
export function parseGlob(argument: string): Glob {
  const names = argument.split("/");
  const first = names.findIndex(isGlob);
  const base = first === 0 ? "" : names.slice(0, first).join("/") || "/";
  const pattern = names.slice(first).filter((name) => name !== "" && name !== ".");
  const source = pattern.map((name, i) => {
    const isLast = i === pattern.length - 1;
    if (name === "**") return isLast ? `(?:${PLAIN}[^/]*/)*${PLAIN}[^/]*` : `(?:${PLAIN}[^/]*/)*`;
    return nameSource(name) + (isLast ? "" : "/");
  }).join("");
  const expression = new RegExp(`^${source}$`, "u");
  return {
    base,
    matches: (path) => expression.test(path),
    depth: pattern.includes("**") ? Infinity : pattern.length,
    start: /^[^*?[]*/.exec(pattern[0] ?? "")![0],
    hidden: pattern.some((name) => name.startsWith(".")),
  };
}

/** Patterns do not mean hidden names, as in shells. */
const PLAIN = "(?!\\.)";

function nameSource(name: string): string {
  let source = /^[*?[]/.test(name) ? PLAIN : "";
  for (let at = 0; at < name.length; at++) {
    const letter = String.fromCodePoint(name.codePointAt(at)!);
    at += letter.length - 1;
    if (letter === "*") {
      // Several are one: in a row they would be tried in all ways.
      while (name[at + 1] === "*") at++;
      source += "[^/]*";
    } else if (letter === "?") source += "[^/]";
    else if (letter === "[") {
      const set = setSource(name.slice(at));
      source += set?.source ?? "\\[";
      at += (set?.length ?? 1) - 1;
    } else source += escapeLetter(letter);
  }
  return source;
}

/** `[abc]`, `[a-z]`, `[!a]`, `[]a]`; undefined for a bracket that is never closed. */
function setSource(text: string): { source: string; length: number } | undefined {
  const match = /^\[([!^]?)(\]?[^\]]*)\]/u.exec(text);
  if (match === null) return undefined;
  const [whole, not, inside] = match as unknown as [string, string, string];
  if (inside === "") return undefined;
  const letters = inside.replace(/[\\\]\[^&|~]/gu, "\\$&").replace(/^-|-$/gu, "\\-");
  const source = `(?!/)[${not === "" ? "" : "^"}${letters}]`;
  try {
    new RegExp(source, "u");
  } catch {
    // A range that runs backwards holds nothing.
    return { source: "(?!)", length: whole.length };
  }
  return { source, length: whole.length };
}

function escapeLetter(letter: string): string {
  return letter.replace(/[\\^$.*+?()[\]{}|/]/u, "\\$&");
}
