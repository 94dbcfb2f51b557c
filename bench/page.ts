/** Tables of the benches, and the pages of `docs/` that they are put into. */

/** A table in Markdown: the first column reads from the left, the others by `align`. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: (column: number) => "---" | "--:" = () => "---",
): string {
  return [head, head.map((_, column) => align(column)), ...rows].map(tableLine).join("\n");
}

/** One line of a table. */
export function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/**
 * Puts a text between `<!-- measured:NAME -->` and `<!-- /measured:NAME -->`.
 * @throws {Error} if the page has no such marks
 */
export function betweenMarks(page: string, name: string, text: string): string {
  const marks = [`<!-- measured:${name} -->`, `<!-- /measured:${name} -->`] as const;
  const [from, to] = marks.map((mark) => page.indexOf(mark)) as [number, number];
  if (from < 0 || to < from) throw new Error(`The page has no ${marks.join(" … ")}`);
  return `${page.slice(0, from + marks[0].length)}\n\n${text}\n\n${page.slice(to)}`;
}

/** The same for a file. */
export async function writeMeasured(file: URL | string, name: string, text: string): Promise<void> {
  await Deno.writeTextFile(file, betweenMarks(await Deno.readTextFile(file), name, text));
}
