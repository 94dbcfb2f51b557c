/** Scores as bars for a terminal. */

/** A candidate with its score, from 0 to 1. */
export interface Scored {
  label: string;
  score: number;
}

/** How they are drawn. */
export interface BarStyle {
  /** Columns of a line. */
  columns: number;
  color: boolean;
}

const LEAST_BAR = 10;
const MOST_BAR = 30;
const LEAST_LABEL = 12;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
/** `  100.0%  `. */
const FIGURE = 10;

/** A line for each, the bars beside each other. */
export function bars(scored: readonly Scored[], { columns, color }: BarStyle): string[] {
  const bar = Math.max(LEAST_BAR, Math.min(MOST_BAR, Math.floor(columns / 3)));
  const most = Math.max(LEAST_LABEL, columns - bar - FIGURE);
  return scored.map(({ label, score }, index) => {
    const figure = `${(100 * score).toFixed(1)}%`.padStart(6);
    const drawn = drawBar(score, bar).padEnd(bar);
    // The best stands out.
    const painted = color ? `\x1b[${index === 0 ? "32" : "36"}m${drawn}\x1b[39m` : drawn;
    return `${figure}  ${painted}  ${shortened(label, most)}`;
  });
}

function drawBar(score: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, score)) * width * 8);
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}

/** In one line of at most so many characters. */
export function shortened(text: string, most: number): string {
  // Control characters of a caption are none of the terminal's.
  return cut(text.replace(/[\s\p{Cc}]+/gu, " "), most);
}

/** At most so many characters of a line. */
export function cut(line: string, most: number): string {
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join("")}…`;
}
