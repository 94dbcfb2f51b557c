/** All cases. */
import { ANSWER_CASES } from "./answer_cases.ts";
import type { ClientCase } from "./case.ts";
import { CONTENT_CASES } from "./content_cases.ts";
import { FAILURE_CASES } from "./failure_cases.ts";
import { GUARDED_CASES } from "./guarded_cases.ts";
import { INDEX_CASES } from "./index_cases.ts";
import { STREAM_CASES } from "./stream_cases.ts";

/** The client's behaviour, whatever runtime it is in. */
export const CASES: readonly ClientCase[] = [
  ...CONTENT_CASES,
  ...ANSWER_CASES,
  ...STREAM_CASES,
  ...FAILURE_CASES,
  ...GUARDED_CASES,
  ...INDEX_CASES,
];
