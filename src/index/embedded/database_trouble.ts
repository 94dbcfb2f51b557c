/** What SQLite says of a database that cannot be used, for those who have to mend it. */
import { dirname } from "node:path";
import { ClipError, type ErrorKind } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";

/** SQLite's own words, and what they mean. Errors of `exec` have no code, so that words must do. */
const TROUBLES: readonly [said: RegExp, kind: ErrorKind, meaning: (path: string) => string][] = [
  [
    /database or disk is full/,
    "unavailable",
    (path) => `the disk of "${dirname(path)}" is full: make room. Nothing of this was written`,
  ],
  [
    /file is not a database|malformed|file is encrypted/,
    "config",
    (path) =>
      `"${path}" is damaged. Stop the server, put the index.sqlite of a folder in ` +
      `"${dirname(path)}/backups" in its place, or move it away to begin anew`,
  ],
  [
    /readonly database|read-only/,
    "unavailable",
    (path) => `"${path}" may not be written to: give the server's user the right to`,
  ],
  [
    /unable to open/,
    "unavailable",
    (path) => `"${path}" cannot be opened: look whether its folder is there and may be written to`,
  ],
  [
    /database is locked|database table is locked/,
    "unavailable",
    (path) => `another program holds "${path}": end it`,
  ],
  [
    /disk I\/O error/,
    "unavailable",
    (path) => `the disk of "${dirname(path)}" does not work (I/O error): look at it`,
  ],
  [
    /too big/,
    "too_large",
    () => "a document is larger than a database can hold (1 GB)",
  ],
];

/** Whether a database that said this should be opened anew before it is used again. */
export function isLasting(thrown: unknown): boolean {
  return thrown instanceof Error &&
    /malformed|not a database|I\/O error|unable to open|readonly/.test(thrown.message);
}

/** A fault of the database at `path` as an error for the reader; a `ClipError` comes back as it is. */
export function databaseTrouble(thrown: unknown, path: string): ClipError {
  if (thrown instanceof ClipError) return thrown;
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  for (const [pattern, kind, meaning] of TROUBLES) {
    if (pattern.test(said)) {
      return new ClipError(kind, `The index cannot be used: ${meaning(path)}`, { cause: thrown });
    }
  }
  const reason = fileTrouble(thrown);
  return new ClipError("unavailable", `The index "${path}" cannot be used: ${reason}`, {
    cause: thrown,
  });
}
