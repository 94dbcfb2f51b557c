/** A log that keeps its lines. */
import { Log, type LogLevel } from "../../src/telemetry/log.ts";

/** One line, as JSON has it. */
export type LoggedLine = Record<string, unknown> & {
  level: string;
  name: string;
  message: string;
};

/** Lines of a log, and the log. */
export class LogLines {
  readonly log: Log;
  /** As they were written. */
  readonly texts: string[] = [];

  constructor(level: LogLevel) {
    this.log = new Log("test", {
      level,
      json: true,
      color: false,
      write: (line) => this.texts.push(line),
    });
  }

  /** All lines of a name, or all. */
  of(name?: string): LoggedLine[] {
    return this.texts.map((text) => JSON.parse(text) as LoggedLine)
      .filter((line) => name === undefined || line.name === name);
  }
}
