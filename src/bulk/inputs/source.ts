/** What an input is put together of: a list of image files, or one file with rows in it. */
import type { InputRow } from "../row.ts";
import type { InputFile } from "./files/input_file.ts";

/**
 * Whether a row is wanted: asked once for each row, in their order, before what is in it is read. A
 * row that is not wanted belongs to another shard, or was done before.
 */
export type Pass = (key: string) => boolean;

/** A part of an input. */
export interface Source {
  /** Its name in keys: a path below what the input's files have in common. */
  readonly label: string;
  /** Its name for people: the path as it was given. */
  readonly place: string;
  /** It has many rows in one file that is best read by one shard alone. */
  readonly container: boolean;
  /** Its images are waited for: many are read at a time. */
  readonly distant: boolean;
  /** Rows, if that is known without reading all of them. */
  readonly count: number | undefined;
  /** Its bytes, and how many of them have been read, where that is known. */
  extent?(): { bytes: number; read: number };
  /** What of it a job depends on, as a text of its own. */
  readonly identity: string;
  /** How many of its keys are chosen, where that is known without reading. */
  countOf?(chosen: (key: string) => boolean): number;
  /**
   * Its rows, each of which `pass` was asked for.
   * @throws {ClipError} "config" if the user has to change something; anything else if it breaks off.
   */
  rows(pass: Pass, signal: AbortSignal): AsyncGenerator<InputRow>;
}

/** What is particular to the source of a file. */
export interface FileSource extends Pick<Source, "rows"> {
  /** Its format, which is part of its identity: read as another, it is another source. */
  format: string;
  container?: boolean;
  count?: number | undefined;
}

/** A file as a source, which knows how much of the file has been read. */
export function sourceOfFile(
  { label, place, distant, size, version, read }: InputFile,
  { format, container = false, count, rows }: FileSource,
): Source {
  return {
    label,
    place,
    distant,
    container,
    count,
    identity: `${format}\0${label}\0${size}${version === "" ? "" : `\0${version}`}`,
    rows,
    ...(read === undefined ? {} : { extent: () => ({ bytes: size, read: read() }) }),
  };
}
