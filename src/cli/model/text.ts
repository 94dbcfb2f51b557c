/** Text for a terminal of 80 columns. */

/** A name and what is said of it. */
export type Fact = readonly [name: string, value: string];

/** What is left of 80 columns beside the names. */
export const VALUE_WIDTH = 64;

/**
 * Rows as columns, two spaces apart; the last column is not padded.
 *
 * @param widest of a column; what is longer pushes the rest of its row along
 */
export function columns(
  rows: readonly (readonly string[])[],
  widest = Number.POSITIVE_INFINITY,
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      if (cell.length <= widest) widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row.map((cell, index) => index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))
      .join("  ").trimEnd()
  );
}

/** `Name   value` lines; a value of several lines goes on under itself. */
export function facts(pairs: readonly Fact[]): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.flatMap(([name, value]) =>
    value.split("\n").map((line, index) =>
      `${(index === 0 ? name : "").padEnd(width)}  ${line}`.trimEnd()
    )
  );
}

/** A sentence broken at spaces into lines of at most `width` characters. */
export function wrap(text: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join("\n");
}
