/** How results are drawn on this console. */
import type { Console } from "../model/console.ts";
import type { BarStyle } from "./bars.ts";

const STANDARD_COLUMNS = 80;

/** Colours on a terminal only, and its width. */
export function terminalStyle(console: Console): BarStyle {
  const isTerminal = Deno.stdout.isTerminal();
  return {
    color: isTerminal && (console.env("NO_COLOR") ?? "") === "",
    columns: isTerminal ? widthOfTerminal() : STANDARD_COLUMNS,
  };
}

function widthOfTerminal(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return STANDARD_COLUMNS;
  }
}
