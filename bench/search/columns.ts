/** The columns of the bench's documents, and the filters over them. */
import type { Columns } from "../../src/index/columns.ts";
import type { Filter } from "../../src/index/filter/filter.ts";
import { CENTRES } from "./mixture.ts";

/** Values of the column `n`: each has the same number of documents. */
const VALUES = 10_000;
/** Of `python/contestant.py` too: without a factor in common with `VALUES`. */
const STEP = 7919;

/** What documents have: a number that has nothing to do with their vector, and their cluster's. */
export const COLUMNS: Columns = { n: "int", centre: "int" };

/** Values of a document. */
export function columnValues(
  document: number,
  centre: number,
): Record<keyof typeof COLUMNS, number> {
  return { n: document * STEP % VALUES, centre };
}

/** A filter as the steps are told it: the documents whose column is below a number. */
export interface Below {
  column: "n" | "centre";
  below: number;
}

/** A filter, and what it is called in tables. */
export interface FilterCase {
  name: string;
  filter: Below;
}

/** What is measured with filters. Those of clusters take nothing near to nearly all queries. */
export const FILTERS: readonly FilterCase[] = [
  { name: "50 %", filter: { column: "n", below: VALUES / 2 } },
  { name: "1 %", filter: { column: "n", below: VALUES / 100 } },
  { name: "0.01 %", filter: { column: "n", below: VALUES / 10_000 } },
  { name: "1 %, other clusters", filter: { column: "centre", below: CENTRES / 100 } },
];

/** As engines take it. */
export function asFilter({ column, below }: Below): Filter {
  return { kind: "lt", column, value: below };
}
