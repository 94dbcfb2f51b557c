/** What counts as white space, which every language has its own idea of. */

/** Unicode's White_Space, as Rust has it: JavaScript's `\s` lacks U+0085 and has U+FEFF. */
export const WHITE_SPACE =
  "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** Python's `str.isspace`: four separators of ASCII more. */
export const PYTHON_SPACE = `${WHITE_SPACE}\\x1c-\\x1f`;

const SPACE = new RegExp(`[${WHITE_SPACE}]`);

/** Where the white space that a text ends with begins. A pattern with `$` looks from each place anew. */
export function startOfTrailingSpace(text: string): number {
  let end = text.length;
  while (end > 0 && SPACE.test(text[end - 1]!)) end--;
  return end;
}
