/** A bar on one line of a terminal, by cli-progress. */
import cliProgress from "cli-progress";

/** A terminal as cli-progress wants it: a subset of Node's `tty.WriteStream`. */
export interface TerminalStream {
  isTTY: boolean;
  columns?: number;
  write(text: string): boolean;
}

/** The part of cli-progress that is used; the package brings no types. */
export interface TerminalBar {
  start(total: number, value: number, payload: Record<string, string>): void;
  setTotal(total: number): void;
  update(value: number, payload: Record<string, string>): void;
  stop(): void;
}

/** How a bar looks. */
export interface BarLook {
  /** cli-progress's: `{bar}`, and names of the payload. */
  format: string;
  /** Columns of all but the bar, which takes what is left of the line. */
  beside: number;
}

/** A bar that is not shown yet. */
export function terminalBar(stream: TerminalStream, { format, beside }: BarLook): TerminalBar {
  return new cliProgress.SingleBar({
    stream,
    hideCursor: true,
    gracefulExit: false,
    barsize: Math.max(8, Math.min(40, (stream.columns ?? 80) - beside)),
    barCompleteChar: "━",
    barIncompleteChar: "─",
    format,
  }) as TerminalBar;
}

/** The bar's place in a format, coloured if the terminal takes colours. */
export function barPlace({ color }: { color: boolean }): string {
  return color ? "\x1b[36m{bar}\x1b[39m" : "{bar}";
}
