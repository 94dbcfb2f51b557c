/** What an entry of `executors:` is: its `uses` says it. */
import { EXECUTOR_JTYPES } from "./executor_keys.ts";
import type { FlowNode } from "./node.ts";
import { nameOfUses } from "./runtime_choice.ts";
import { nearest } from "./suggest.ts";

/** What an executor does. */
export type ExecutorKind = "encoder" | "indexer";

/** The kind by `uses`, or by `uses.jtype`; also of a word that is nearly the right one. */
export function kindOfExecutor(entry: FlowNode): ExecutorKind {
  const uses = entry.kind === "map" ? entry.entries.get("uses")?.node : undefined;
  const named = uses?.kind === "map" ? uses.entries.get("jtype")?.node : uses;
  if (named?.kind !== "scalar") return "encoder";
  const name = nearest(nameOfUses(named.text), EXECUTOR_JTYPES);
  return name === "AnnLiteIndexer" ? "indexer" : "encoder";
}
