/** Which columns of a table are texts and images. */
import { ClipError } from "../../../errors.ts";
import { didYouMean } from "../../../flow/suggest.ts";
import type { InputOptions } from "../options.ts";

/** The names of the columns that are embedded; one of them at least is there. */
export interface Columns {
  text: string | undefined;
  image: string | undefined;
}

/** Names in a message. */
const MOST_NAMED = 40;

/**
 * The columns that the user named, or those called `text` and `image`.
 * @param names all columns of the table.
 * @throws {ClipError} "config" for a column that is not there, and if none is named and none is called so.
 */
export function chooseColumns(
  names: readonly string[],
  { text, image }: InputOptions,
  place: string,
): Columns {
  for (const [option, name] of [["--text", text], ["--image", image]] as const) {
    if (name === undefined || names.includes(name)) continue;
    throw new ClipError(
      "config",
      `'${place}' has no column '${name}' (${option})${didYouMean(name, names)}${listed(names)}`,
    );
  }
  if (text !== undefined || image !== undefined) return { text, image };
  const usual = (name: string) => names.includes(name) ? name : undefined;
  const columns = { text: usual("text"), image: usual("image") };
  if (columns.text === undefined && columns.image === undefined) {
    throw new ClipError(
      "config",
      `Which column of '${place}' is embedded? Name it with --text or --image${listed(names)}`,
    );
  }
  return columns;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED).map((name) => `'${name.slice(0, 80)}'`).join(", ");
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `\nIts columns are: ${shown}${more}`;
}
