/**
 * The contract of `IndexEngine`: what every engine is held to. A test file of each engine calls
 * `engineContract` once; each promise is a test.
 */
import { documentsContract } from "./contract/documents.ts";
import { durabilityContract } from "./contract/durability.ts";
import { filtersContract } from "./contract/filters.ts";
import { loadContract } from "./contract/load.ts";
import type { OpenEngine } from "./contract/opening.ts";
import { recallContract } from "./contract/recall.ts";
import { searchContract } from "./contract/search.ts";

export type { OpenEngine } from "./contract/opening.ts";

/**
 * Registers a test for each promise.
 * @param name of the engine, in the tests' names.
 * @param open opens the index of a place, as a server does at its start; each test has places of its
 * own, whose names are of the form `[a-z0-9_]+`, and closes what it has opened.
 */
export function engineContract(name: string, open: OpenEngine): void {
  documentsContract(name, open);
  searchContract(name, open);
  filtersContract(name, open);
  durabilityContract(name, open);
  loadContract(name, open);
  recallContract(name, open);
}
