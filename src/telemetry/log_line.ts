/** One line of the log: as text for people, or as a JSON object. */

/** Levels by Jina's names, and their order. */
export const LEVELS = {
  DEBUG: 10,
  INFO: 20,
  SUCCESS: 25,
  WARNING: 30,
  ERROR: 40,
  CRITICAL: 50,
} as const;

/** Jina's level names. */
export type LogLevel = keyof typeof LEVELS;

/** Values that a log line may carry beside its text; what is undefined is left out. */
export type LogFields = Record<
  string,
  string | number | boolean | readonly string[] | undefined
>;

/** What a line says. */
export interface LogLine {
  time: Date;
  level: LogLevel;
  /** Who says it. */
  name: string;
  message: string;
  fields: LogFields;
}

const COLORS: Record<LogLevel, string> = {
  DEBUG: "\x1b[2m",
  INFO: "",
  SUCCESS: "\x1b[32m",
  WARNING: "\x1b[33m",
  ERROR: "\x1b[31m",
  CRITICAL: "\x1b[1;31m",
};

/** Signs that move a terminal's cursor or change what it shows, line breaks apart. */
const CONTROL = /(?![\r\n])\p{Cc}/gu;

/** A line as a JSON object: `time`, `level`, `name`, `message`, and its fields. */
export function jsonLine({ time, level, name, message, fields }: LogLine): string {
  const text = oneLine(message);
  return JSON.stringify({ time: time.toISOString(), level, name, message: text, ...fields });
}

/** A line as text: the fields stand behind the message as `key=value`. */
export function textLine({ time, level, name, message, fields }: LogLine, color: boolean): string {
  const tag = color && COLORS[level] ? `${COLORS[level]}${level}\x1b[0m` : level;
  let line = `${time.toISOString()} ${tag.padEnd(7)} ${name}: ${oneLine(message)}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${key}=${fieldText(value)}`;
  }
  return line;
}

/** Clients' words are in messages: a line break would forge a line, an escape sequence more. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ⏎ ").replace(CONTROL, "\ufffd");
}

/** A value without what would be taken for the next field. */
function fieldText(value: NonNullable<LogFields[string]>): string {
  const text = oneLine(typeof value === "object" ? value.join(",") : String(value));
  return /[\s"=]/.test(text) || text === "" ? JSON.stringify(text) : text;
}
