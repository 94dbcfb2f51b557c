/** The executors that serve a request: an encoder, an indexer, or the one behind the other. */
import { ClipError } from "../../../errors.ts";
import type { Indexer } from "../../../index/indexer.ts";
import type { Executor } from "../../../service/executors.ts";
import type { Service } from "../../../service/service.ts";
import type { Endpoint } from "../endpoint.ts";
import { executorPattern } from "../executor_pattern.ts";
import type { IndexOperation } from "./operation.ts";

/** Who does what; one of the two is there. */
export type Chain =
  | { encoder: Executor; indexer?: undefined; operation?: undefined }
  | { encoder?: Executor | undefined; indexer: Indexer; operation: IndexOperation };

/** An encoder of the flow, and what keeps its embeddings. */
interface Pair {
  encoder: Executor;
  indexer: Indexer | undefined;
}

/**
 * Chooses by the model (of the path or the parameters; an indexer's name will do) and by
 * `target_executor`, which, as Jina's gateway has it, leaves those out whose names it does not match:
 * with the encoder alone nothing is kept, with the indexer alone nothing is embedded. Neither given,
 * the first indexer of the flow serves.
 * @throws {ClipError} "not_found" with the names there are; "unavailable" while the server starts.
 */
export function chooseChain(
  service: Pick<Service, "executors" | "indexers">,
  { operation }: Pick<Endpoint, "operation">,
  model: string | undefined,
  target: string | undefined,
): Chain {
  const { executors, indexers } = service;
  if (operation === undefined || indexers.first === undefined) {
    return { encoder: chooseEncoder(service, model, target) };
  }
  const matches = target ? executorPattern(target) : () => true;
  const pairs = model === undefined ? allPairs(service) : [pairOf(service, model)];
  for (const { encoder, indexer } of pairs) {
    const embeds = matches(encoder.name);
    if (indexer !== undefined && matches(indexer.name)) {
      return { encoder: embeds ? encoder : undefined, indexer, operation };
    }
    if (embeds) return { encoder };
  }
  throw noneCalled(target!, model, [...executors.all, ...indexers.all]);
}

/** In the order in which they are asked: the first indexer's before all others. */
function allPairs({ executors, indexers }: Pick<Service, "executors" | "indexers">): Pair[] {
  const pairs = executors.all.map((encoder) => ({
    encoder,
    indexer: indexers.ofEncoder(encoder.name),
  }));
  const first = pairs.findIndex(({ indexer }) => indexer === indexers.first);
  if (first > 0) pairs.unshift(...pairs.splice(first, 1));
  return pairs;
}

function pairOf({ executors, indexers }: Pick<Service, "executors" | "indexers">, model: string) {
  const named = indexers.named(model);
  const encoder = executors.choose(named?.encoder ?? model);
  return { encoder, indexer: named ?? indexers.ofEncoder(encoder.name) };
}

/**
 * The encoder that serves a request alone: of those whose names begin as `target_executor` says the one
 * that the model names, or else the first. (A Jina gateway would send the documents back untouched
 * where there is none.)
 */
function chooseEncoder(
  { executors }: Pick<Service, "executors">,
  model: string | undefined,
  target: string | undefined,
): Executor {
  const chosen = executors.choose(model);
  if (!target) return chosen;
  const matches = executorPattern(target);
  if (matches(chosen.name)) return chosen;
  const other = model === undefined ? executors.all.find(({ name }) => matches(name)) : undefined;
  if (other) return other;
  throw noneCalled(target, model, executors.all);
}

function noneCalled(
  target: string,
  model: string | undefined,
  all: readonly { name: string }[],
): ClipError {
  const names = all.map(({ name }) => name).join(", ");
  return new ClipError(
    "not_found",
    `No executor ${model === undefined ? "" : `of model '${model.slice(0, 100)}' `}is called '${
      target.slice(0, 100)
    }' ('targetExecutor'): there are ${names}`,
    { name: "KeyError" },
  );
}
