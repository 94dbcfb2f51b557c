/** What was given of a job, whatever scheduler it is for. */
import type { Given } from "../../words/given.ts";

/** The words apart. */
export interface GivenJob {
  given: Given;
  inputs: readonly string[];
  /** Where embeddings go. */
  out: string;
  /** The folder that is written here. */
  to: string;
}
