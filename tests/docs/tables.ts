/** Tables of Markdown pages. */

/** A row: its cells by the words of their column's head. */
export interface TableRow {
  head: readonly string[];
  cells: readonly string[];
}

/** The rows of all tables of a page, in its order. */
export function tableRows(page: string): TableRow[] {
  const rows: TableRow[] = [];
  let head: string[] | undefined;
  for (const line of page.split("\n")) {
    if (!line.startsWith("|")) {
      head = undefined;
      continue;
    }
    const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
    if (!head) head = cells;
    else if (!cells.every((cell) => /^[-: ]*$/.test(cell))) rows.push({ head, cells });
  }
  return rows;
}

/** A row's cell in the first column whose head is so; undefined if there is none. */
export function cellOf({ head, cells }: TableRow, column: RegExp): string | undefined {
  const at = head.findIndex((name) => column.test(name));
  return at < 0 ? undefined : cells[at];
}
