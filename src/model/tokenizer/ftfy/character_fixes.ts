/**
 * The small repairs of ftfy 6.3.1 (Apache-2.0, https://github.com/rspeer/python-ftfy,
 * `ftfy/fixes.py`): each takes a text and gives the repaired one.
 *
 * ftfy is Copyright 2023 Robyn Speer, Apache-2.0: see `../NOTICE.md`.
 */

const LIGATURES: Readonly<Record<string, string>> = {
  "Ĳ": "IJ",
  "ĳ": "ij",
  "ŉ": "ʼn",
  "Ǳ": "DZ",
  "ǲ": "Dz",
  "ǳ": "dz",
  "Ǆ": "DŽ",
  "ǅ": "Dž",
  "ǆ": "dž",
  "Ǉ": "LJ",
  "ǈ": "Lj",
  "ǉ": "lj",
  "Ǌ": "NJ",
  "ǋ": "Nj",
  "ǌ": "nj",
  "ﬀ": "ff",
  "ﬁ": "fi",
  "ﬂ": "fl",
  "ﬃ": "ffi",
  "ﬄ": "ffl",
  "ﬅ": "ſt",
  "ﬆ": "st",
};

const LIGATURE_CLASS = Object.keys(LIGATURES).join("");
const WIDTH_CLASS = "\\u3000\\uff01-\\uffef";
const SINGLE_QUOTE_CLASS = "\\u02bc\\u2018-\\u201b";
const DOUBLE_QUOTE_CLASS = "\\u201c-\\u201f";
const LINE_BREAK_CLASS = "\\r\\u2028\\u2029\\u0085";
// Without the white space among them, the joiners and direction marks, and the C1 controls, which
// the mojibake repair needs.
const CONTROL_CLASS = "\\0-\\x08\\x0b\\x0e-\\x1f\\x7f\\u206a-\\u206f\\ufeff\\ufff9-\\ufffc";

/** Inside of a class of every character that one of the repairs here may change. */
export const REPAIRED_CHARACTERS = LIGATURE_CLASS + WIDTH_CLASS + SINGLE_QUOTE_CLASS +
  DOUBLE_QUOTE_CLASS + LINE_BREAK_CLASS + CONTROL_CLASS;

const LIGATURE_RE = new RegExp(`[${LIGATURE_CLASS}]`, "g");
const WIDTH_RE = new RegExp(`[${WIDTH_CLASS}]+`, "g");
const SINGLE_QUOTE_RE = new RegExp(`[${SINGLE_QUOTE_CLASS}]`, "g");
const DOUBLE_QUOTE_RE = new RegExp(`[${DOUBLE_QUOTE_CLASS}]`, "g");
const LINE_BREAK_RE = new RegExp(`\\r\\n|[${LINE_BREAK_CLASS}]`, "g");
const CONTROL_RE = new RegExp(`[${CONTROL_CLASS}]`, "g");
// Python's \d is any decimal digit.
// deno-lint-ignore no-control-regex -- ESC is what it looks for
const TERMINAL_ESCAPE_RE = new RegExp("\\x1b\\[[\\p{Nd};]*[a-zA-Z]", "gu");

/** Latin ligatures and digraphs as the letters that they are made of. */
export function fixLatinLigatures(text: string): string {
  return text.replace(LIGATURE_RE, (c) => LIGATURES[c] ?? c);
}

/** Full-width and half-width forms as their ordinary characters; U+3000 as a space. */
export function fixCharacterWidth(text: string): string {
  // Character by character: normalising a run would also compose kana with the marks beside them,
  // which is left to the NFC at the end.
  return text.replace(
    WIDTH_RE,
    (run) => {
      let out = "";
      for (const c of run) out += c === "\u3000" ? " " : c.normalize("NFKC");
      return out;
    },
  );
}

/** Curly quotation marks as straight ones. */
export function uncurlQuotes(text: string): string {
  return text.replace(DOUBLE_QUOTE_RE, '"').replace(SINGLE_QUOTE_RE, "'");
}

/** CR LF, CR, NEL and the Unicode line and paragraph separators as line feeds. */
export function fixLineBreaks(text: string): string {
  return text.replace(LINE_BREAK_RE, "\n");
}

/** Text without ANSI terminal escape sequences. */
export function removeTerminalEscapes(text: string): string {
  return text.includes("\x1b") ? text.replace(TERMINAL_ESCAPE_RE, "") : text;
}

/** Text without the control characters that have no place in text. */
export function removeControlCharacters(text: string): string {
  return text.replace(CONTROL_RE, "");
}
