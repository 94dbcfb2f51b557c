/** Colours for code: just enough to tell strings, numbers and words apart. */
import { h } from "./dom.js";

const TOKENS = new RegExp(
  [
    String.raw`(?<string>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')`,
    String.raw`(?<number>(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]))`,
    String
      .raw`(?<word>\b(?:from|import|for|in|if|else|def|return|or|print|const|let|of|await|async|function|true|false|True|False|null|curl)\b)`,
    String.raw`(?<cut>… \d+ more)`,
  ].join("|"),
  "g",
);

/**
 * The pieces of a text: what is to be coloured has a kind, the rest has none.
 * @param {string} code
 * @returns {{ text: string, kind?: string }[]}
 */
export function pieces(code) {
  /** @type {{ text: string, kind?: string }[]} */
  const found = [];
  let at = 0;
  for (const match of code.matchAll(TOKENS)) {
    if (match.index > at) found.push({ text: code.slice(at, match.index) });
    at = match.index + match[0].length;
    const kind = Object.keys(match.groups ?? {}).find((name) => match.groups?.[name] !== undefined);
    // A string before a colon is a key.
    const key = kind === "string" && /^\s*:/.test(code.slice(at, at + 2));
    found.push({ text: match[0], kind: key ? "key" : kind ?? "" });
  }
  if (at < code.length) found.push({ text: code.slice(at) });
  return found;
}

/**
 * Puts code into its place, coloured.
 * @param {HTMLElement} place
 * @param {string} code
 */
export function showCode(place, code) {
  place.replaceChildren(
    ...pieces(code).map(({ text, kind }) =>
      kind ? h("span", { class: `tok-${kind}` }, text) : text
    ),
  );
}
