/** Values as programs write them: literals of the shell, Python and TypeScript. */

/** @typedef {import("./exchange.js").ImageRef} ImageRef */

/** A piece of a program in the place of a value. */
export class Code {
  /** @param {string} code */
  constructor(code) {
    this.code = code;
  }
}

/**
 * Images as calls of a function of the program.
 * @param {string} callee
 * @returns {(image: ImageRef) => Code}
 */
export function callOf(callee) {
  return ({ name, url }) => new Code(`${callee}(${quoted(url ?? name)})`);
}

/**
 * How a language writes keys and plain values.
 * @typedef {{ key: (name: string) => string, plain: (value: unknown) => string }} Style
 */
/** @type {Style} */
export const SHELL = {
  key: quoted,
  // In an unquoted here-document the shell reads \, $ and `.
  plain: (value) => JSON.stringify(value).replace(/[\\$`]/g, "\\$&"),
};
/** @type {Style} */
export const PYTHON = {
  key: quoted,
  plain: (value) => value === true ? "True" : value === false ? "False" : JSON.stringify(value),
};
/** @type {Style} */
export const TYPESCRIPT = { key: (name) => name, plain: (value) => JSON.stringify(value) };

/**
 * A value as a literal, each document on a line of its own.
 * @param {unknown} value
 * @param {Style} style
 * @param {string} [indent]
 * @returns {string}
 */
export function write(value, style, indent = "") {
  if (value instanceof Code) return value.code;
  if (value === null || typeof value !== "object") return style.plain(value);
  const inner = `${indent}  `;
  const list = Array.isArray(value);
  const parts = list
    ? value.map((part) => write(part, style, inner))
    : Object.entries(value).map(([key, part]) => `${style.key(key)}: ${write(part, style, inner)}`);
  if (!list && indent !== "" && parts.every((part) => !part.includes("\n"))) {
    return `{ ${parts.join(", ")} }`;
  }
  const [open, close] = list ? ["[", "]"] : ["{", "}"];
  return `${open}\n${parts.map((part) => inner + part).join(",\n")}\n${indent}${close}`;
}

/**
 * A string literal of Python and TypeScript: JSON's is one in both.
 * @param {string} text
 */
export function quoted(text) {
  return JSON.stringify(text);
}

/**
 * A word of a shell's command.
 * @param {string} text
 */
export function shellWord(text) {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * An image's bytes in base64, in a here-document.
 * @param {ImageRef} image
 */
export function base64Command(image) {
  const source = image.url === null ? `< ${shellWord(image.name)}` : "";
  const fetched = image.url === null ? "" : `curl -s ${shellWord(image.url)} | `;
  return `$(${fetched}base64 ${source}${source && " "}| tr -d '\\n')`;
}

/** A key in the environment, as a header of curl and as one in Python. */
export const CURL_KEY = `  -H "authorization: Bearer $API_KEY" \\\n`;
export const PYTHON_BEARER = `f"Bearer {os.environ['API_KEY']}"`;
