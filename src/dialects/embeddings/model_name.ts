/** Which model a body means, and what it is called in the answer. */
import { MAX_MODEL_NAME_LENGTH } from "../../model/catalog/spelling.ts";
import type { Executor, ExecutorTable } from "../../service/executors.ts";

/** A model that was found. */
export interface FoundModel {
  executor: Executor;
  /** As the client wrote it; the one that the list of models has where it wrote none. */
  name: string;
}

/** Finds it. @throws {ClipError} not_found, as `ExecutorTable.named`. */
export function findModel(executors: ExecutorTable, asked: string | null | undefined): FoundModel {
  const executor = executors.named(asked);
  const echoed = asked ? asked.length <= MAX_MODEL_NAME_LENGTH : false;
  return { executor, name: echoed ? asked! : executors.idOf(executor) };
}
