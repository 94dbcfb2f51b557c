/** Where the `model` commands write, so that tests can read along. */
import { systemClock } from "../../model/store/clock.ts";
import { barProgress, lineProgress, type ProgressReporter } from "../../model/store/progress.ts";
import type { ReadEnv } from "../../model/store/settings.ts";

/** The command line's surroundings. */
export interface Console {
  /** Results: standard output. */
  out(line: string): void;
  /** Progress and complaints: standard error. */
  err(line: string): void;
  env: ReadEnv;
  /** Shows transfers on standard error. */
  progress: ProgressReporter;
}

/** The process's own surroundings. */
export function processConsole(): Console {
  const encoder = new TextEncoder();
  const write = (stream: { writeSync(bytes: Uint8Array): number }, text: string) => {
    let bytes = encoder.encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  };
  const err = (line: string) => write(Deno.stderr, `${line}\n`);
  const env: ReadEnv = (name) => Deno.env.get(name);
  return {
    out: (line) => write(Deno.stdout, `${line}\n`),
    err,
    env,
    progress: Deno.stderr.isTerminal() ? terminalProgress(write, env) : lineProgress(
      err,
      systemClock,
    ),
  };
}

function terminalProgress(
  write: (stream: typeof Deno.stderr, text: string) => void,
  env: ReadEnv,
): ProgressReporter {
  const stream = {
    isTTY: true,
    get columns() {
      return terminalColumns();
    },
    write(text: string) {
      write(Deno.stderr, text);
      return true;
    },
  };
  return barProgress(stream, systemClock, { color: (env("NO_COLOR") ?? "") === "" });
}

function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}
