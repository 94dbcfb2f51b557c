/** What the bench asks of contestants, whatever they are written in: one task, one answer. */
import type { Below } from "./columns.ts";
import type { DataFiles } from "./data_files.ts";

/** Hits of a search. */
export const LIMIT = 10;

/** Opens what lies in `folder` or at `url`; for the first time it is empty. */
export interface OpenTask extends DataFiles {
  operation: "open";
  /** Documents of this run. */
  count: number;
  folder: string;
  url?: string;
}

/** Answers an {@linkcode OpenTask} when searches would be answered. */
export interface OpenAnswer {
  ms: number;
  /** That are there. */
  documents: number;
}

/** Writes documents, `batch` in a request; gives up after `seconds`. */
export interface InsertTask extends DataFiles {
  operation: "insert";
  count: number;
  batch: number;
  /** Requests under way at a time, where the contestant takes more than one. */
  writers: number;
  seconds: number;
}

/** Answers an {@linkcode InsertTask} when the last request is answered. */
export interface InsertAnswer {
  ms: number;
  inserted: number;
}

/** Waits until nothing is left to be done of what was written. */
export interface SettleTask {
  operation: "settle";
}

/** Searches with the first queries, by clients that each wait for their answer; ends after `seconds`. */
export interface SearchTask extends DataFiles {
  operation: "search";
  searches: number;
  clients: number;
  seconds: number;
  filter?: Below;
}

/** Answers a {@linkcode SearchTask}. */
export interface SearchAnswer {
  latenciesMs: number[];
  /** Numbers of the documents found, by query. */
  hits: number[][];
  seconds: number;
}

/** Asks exact search for the nearest of every query, without a filter where there is null. */
export interface NearestTask extends DataFiles {
  operation: "nearest";
  filters: (Below | null)[];
}

/** Ends as a server that is stopped. */
export interface CloseTask {
  operation: "close";
}

/** Asked first: the answer says that the process has loaded its modules. */
export interface ReadyTask {
  operation: "ready";
}

/** Any of them. */
export type Task =
  | ReadyTask
  | OpenTask
  | InsertTask
  | SettleTask
  | SearchTask
  | NearestTask
  | CloseTask;
