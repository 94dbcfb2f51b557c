/** What came of a job, for programs and people. */
import { type OutputFormat, partFiles, partPaths } from "../outputs/formats.ts";
import type { Tower } from "../outputs/part.ts";
import { ERRORS_NAME, type JobFile } from "./job_folder.ts";
import type { OutputPlace } from "./places/output_place.ts";

/** What came of a job. */
export interface JobSummary {
  /** The folder as it was given, or `s3://bucket/prefix`. */
  folder: string;
  /** Rows that are done, by all runs; of them embedded, and in the errors. */
  rows: number;
  embedded: number;
  failed: number;
  /** Rows that earlier runs did. */
  resumedAt: number;
  /** Whether it was ended early: the same job goes on. */
  interrupted: boolean;
  /** Whether there was nothing to do any more. */
  alreadyDone: boolean;
  /** Files of the parts that are finished, and of the errors if there are any. */
  files: string[];
  errorsFile?: string;
  /** Numbers of an embedding, if there is any. */
  dimensions?: number;
  /** Seconds of this run, and rows a second. */
  seconds: number;
  rate: number;
}

/** What a summary is made from. */
export interface SummaryParts {
  out: OutputPlace;
  job: JobFile;
  rows: number;
  embedded: number;
  failed: number;
  parts: number;
  towers: readonly Tower[] | null;
  dimensions: number | null;
  resumedAt: number;
  seconds: number;
  interrupted?: boolean;
}

/** Puts a summary together. */
export function summaryOf(parts: SummaryParts): JobSummary {
  const { out, rows, embedded, failed, resumedAt, seconds, dimensions } = parts;
  const format = parts.job.description.format as OutputFormat;
  return {
    folder: out.name,
    rows,
    embedded,
    failed,
    resumedAt,
    interrupted: parts.interrupted ?? false,
    alreadyDone: parts.job.finished !== null,
    files: Array.from(
      { length: parts.parts },
      (_, part) => partPaths(partFiles(format, parts.towers ?? [], part)),
    ).flat().map((path) => out.nameOf(path)),
    ...(failed === 0 ? {} : { errorsFile: out.nameOf(ERRORS_NAME) }),
    ...(dimensions === null ? {} : { dimensions }),
    seconds,
    rate: seconds > 0 ? (rows - resumedAt) / seconds : 0,
  };
}
