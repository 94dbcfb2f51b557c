/**
 * The log: one line an event, on standard error. `JINA_LOG_LEVEL` sets the level,
 * `LOG_FORMAT=json` makes each line a JSON object, `NO_COLOR` takes colours away.
 */
import { jsonLine, LEVELS, type LogFields, type LogLevel, textLine } from "./log_line.ts";

export type { LogFields, LogLevel } from "./log_line.ts";

/** How a `Log` writes. */
export interface LogOptions {
  level: LogLevel;
  json: boolean;
  color: boolean;
  /** Receives each line without its newline. */
  write: (line: string) => void;
}

/** Reads a level's name as `JINA_LOG_LEVEL` holds it; unknown or empty means `INFO`. */
export function parseLogLevel(text: string | undefined): LogLevel {
  const name = (text ?? "").trim().toUpperCase();
  if (name === "WARN") return "WARNING";
  if (name === "FATAL") return "CRITICAL";
  return name in LEVELS ? name as LogLevel : "INFO";
}

/** A named source of log lines. */
export class Log {
  readonly #name: string;
  readonly #options: LogOptions;

  constructor(name: string, options: LogOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** Whether each line is a JSON object. */
  get json(): boolean {
    return this.#options.json;
  }

  /** A log of the same settings under another name. */
  child(name: string): Log {
    return new Log(name, this.#options);
  }

  /** Whether a line of this level is written: what it would say need not be gathered otherwise. */
  enabled(level: LogLevel): boolean {
    return LEVELS[level] >= LEVELS[this.#options.level];
  }

  /** Writes at `DEBUG`: for those who look for a fault in the server. */
  debug(text: string, fields?: LogFields): void {
    this.#line("DEBUG", text, fields);
  }

  /** Writes at `INFO`: what happens once, at start or stop, and what clients should mend. */
  info(text: string, fields?: LogFields): void {
    this.#line("INFO", text, fields);
  }

  /** Writes at `WARNING`: it works, but somebody should look. */
  warn(text: string, fields?: LogFields): void {
    this.#line("WARNING", text, fields);
  }

  /** Writes at `ERROR`: something failed. */
  error(text: string, fields?: LogFields): void {
    this.#line("ERROR", text, fields);
  }

  /** Writes at `CRITICAL`: the program ends. */
  critical(text: string, fields?: LogFields): void {
    this.#line("CRITICAL", text, fields);
  }

  #line(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (!this.enabled(level)) return;
    const { json, color, write } = this.#options;
    const line = { time: new Date(), level, name: this.#name, message, fields };
    write(json ? jsonLine(line) : textLine(line, color));
  }
}

/** The process's log, set up from the environment. */
export function logFromEnv(name: string, env: Record<string, string | undefined>): Log {
  const encoder = new TextEncoder();
  return new Log(name, {
    level: parseLogLevel(env.JINA_LOG_LEVEL),
    json: isJsonFormat(env.LOG_FORMAT),
    color: !env.NO_COLOR && Deno.stderr.isTerminal(),
    write: (line) => Deno.stderr.writeSync(encoder.encode(line + "\n")),
  });
}

/** Whether `LOG_FORMAT` asks for JSON. */
export function isJsonFormat(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === "json";
}

/** A log that writes nothing. */
export const SILENT_LOG: Log = new Log("", {
  level: "CRITICAL",
  json: false,
  color: false,
  write: () => {},
});

/** What the log says of a fault of the server's own: where it was thrown, or what was. */
export function faultText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
}
