/**
 * The log: one line an event, on standard error. `JINA_LOG_LEVEL` sets the level,
 * `LOG_FORMAT=json` makes each line a JSON object, `NO_COLOR` takes colours away.
 */

const LEVELS = { DEBUG: 10, INFO: 20, SUCCESS: 25, WARNING: 30, ERROR: 40, CRITICAL: 50 } as const;

/** Jina's level names. */
export type LogLevel = keyof typeof LEVELS;

/** Values that a log line may carry beside its text. */
export type LogFields = Record<string, string | number | boolean | undefined>;

const COLORS: Record<LogLevel, string> = {
  DEBUG: "\x1b[2m",
  INFO: "",
  SUCCESS: "\x1b[32m",
  WARNING: "\x1b[33m",
  ERROR: "\x1b[31m",
  CRITICAL: "\x1b[1;31m",
};

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

  /** A log of the same settings under another name. */
  child(name: string): Log {
    return new Log(name, this.#options);
  }

  /** Writes at `DEBUG`: for those who look for a fault in the server. */
  debug(text: string, fields?: LogFields): void {
    this.#line("DEBUG", text, fields);
  }

  /** Writes at `INFO`: what happens once, at start or stop. */
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

  #line(level: LogLevel, text: string, fields: LogFields = {}): void {
    const { json, color, write } = this.#options;
    if (LEVELS[level] < LEVELS[this.#options.level]) return;
    const time = new Date().toISOString();
    // A line break in a message would forge a line of the log.
    const message = text.replace(/[\r\n]+/g, " ⏎ ");
    if (json) {
      write(JSON.stringify({ time, level, name: this.#name, message, ...fields }));
      return;
    }
    const extra = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}=${String(value).replace(/[\r\n]+/g, " ")}`)
      .join("");
    const tag = color && COLORS[level] ? `${COLORS[level]}${level}\x1b[0m` : level;
    write(`${time} ${tag.padEnd(7)} ${this.#name}: ${message}${extra}`);
  }
}

/** The process's log, set up from the environment. */
export function logFromEnv(name: string, env: Record<string, string | undefined>): Log {
  const encoder = new TextEncoder();
  return new Log(name, {
    level: parseLogLevel(env.JINA_LOG_LEVEL),
    json: env.LOG_FORMAT === "json",
    color: !env.NO_COLOR && Deno.stderr.isTerminal(),
    write: (line) => Deno.stderr.writeSync(encoder.encode(line + "\n")),
  });
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
