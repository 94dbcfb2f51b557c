/** Values of JSON in the words of errors. */

/** Characters of a text that are shown. */
const SHOWN = 40;

/** What a value is, and shortly which. */
export function told(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return `the text ${JSON.stringify(shortened(value))}`;
  return String(value);
}

/** What those are told who want one backup more than there may be. */
export function tooManyBackups(most: number): string {
  return `There are ${most} backups of this index, and no more are kept: take the name of one of ` +
    "them, which it replaces, or have some removed where the server keeps them";
}

/** A text, cut if it is long. */
export function shortened(text: string): string {
  // Cut between characters: halves of pairs are no text.
  return text.length > SHOWN ? `${text.slice(0, SHOWN).toWellFormed()}…` : text.toWellFormed();
}
