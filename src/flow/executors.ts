/** `executors:` -> encoders, and the indexers that keep what each of them embeds. */
import type { ExecutorConfig, IndexerConfig } from "./config.ts";
import { type ExecutorContext, readExecutor } from "./executor.ts";
import { kindOfExecutor } from "./executor_kind.ts";
import { placeOfStore } from "./index_store.ts";
import { type IndexerContext, readIndexer } from "./indexer.ts";
import { listItems } from "./key.ts";
import { describeNode, type FlowNode, isEmpty } from "./node.ts";
import type { Position, Report } from "./problem.ts";
import { didYouMean } from "./suggest.ts";

/** The executors of a flow. */
export interface Executors {
  executors: ExecutorConfig[];
  indexers: IndexerConfig[];
}

/** What reading them needs. */
export type ExecutorsContext = ExecutorContext & IndexerContext;

/** Reads all executors; what is wrong with them goes to the report. */
export function readExecutors(
  node: FlowNode | undefined,
  at: Position,
  context: ExecutorsContext,
): Executors {
  const { report } = context;
  const wanted = "expected a list with a CLIPEncoder";
  const found = new FoundExecutors(report);
  if (node === undefined || isEmpty(node) || (node.kind === "list" && node.items.length === 0)) {
    report.problem(node?.at ?? at, "executors", `there is no executor; ${wanted}`);
    return found;
  }
  if (node.kind !== "list") {
    const message = `${describeNode(node)} stands here; ${wanted}, each item after '- '`;
    report.problem(node.at, node.path, message);
    return found;
  }
  for (const [index, item] of node.items.entries()) {
    if (kindOfExecutor(item) === "encoder") {
      found.addEncoder(item, readExecutor(item, index, context));
    } else {
      const indexer = readIndexer(item, index, context);
      if (indexer !== undefined) found.addIndexer(item, indexer.config, indexer.needs);
    }
  }
  return found;
}

/** The executors that were read so far, and what goes with what. */
class FoundExecutors implements Executors {
  readonly executors: ExecutorConfig[] = [];
  readonly indexers: IndexerConfig[] = [];
  readonly #report: Report;
  /** An entry that is wrong may be the encoder of those below: they are not reported too. */
  #unread = false;

  constructor(report: Report) {
    this.#report = report;
  }

  addEncoder(node: FlowNode, encoder: ExecutorConfig | undefined): void {
    if (encoder === undefined) {
      this.#unread = true;
      return;
    }
    this.#checkName(node, encoder.name);
    this.executors.push(encoder);
  }

  addIndexer(
    node: FlowNode,
    config: Omit<IndexerConfig, "encoder">,
    needs: FlowNode | undefined,
  ): void {
    this.#checkName(node, config.name);
    const encoder = this.#encoderOf(node, needs);
    if (encoder === undefined) return;
    const rival = this.indexers.find((other) => other.encoder === encoder);
    if (rival !== undefined) {
      const place = needs ?? node;
      const message = `'${rival.name}' keeps the embeddings of '${encoder}' already; expected ` +
        "one indexer for an encoder, or 'needs' with another one";
      this.#report.problem(place.at, place.path, message);
    }
    const place = placeOfStore(config.store);
    const same = this.indexers.find(({ store }) => place === placeOfStore(store));
    if (same !== undefined && place !== undefined) {
      const message = `keeps its documents in ${place}, as '${same.name}' does; expected ` +
        `another ${config.store.kind === "embedded" ? "folder" : "table"} for each`;
      this.#report.problem(node.at, node.path, message);
    }
    this.indexers.push({ ...config, encoder });
  }

  /** The encoder that `needs` names, or the nearest above; undefined if there is none. */
  #encoderOf(node: FlowNode, needs: FlowNode | undefined): string | undefined {
    const named = needs === undefined || isEmpty(needs) ? [] : listItems(needs);
    if (named.length > 1) {
      this.#report.problem(needs!.at, needs!.path, "names several; expected one encoder");
      return undefined;
    }
    const [one] = named;
    const names = this.executors.map(({ name }) => name);
    if (one?.kind === "scalar") {
      if (names.includes(one.text)) return one.text;
      const indexer = this.indexers.some(({ name }) => name === one.text);
      const is = indexer ? "is an indexer" : "is the name of no encoder above";
      const near = didYouMean(one.text, names);
      if (indexer || !this.#unread) {
        const known = names.length === 0 ? "" : ` (${names.join(", ")})`;
        this.#report.problem(
          one.at,
          one.path,
          `${describeNode(one)} ${is}; expected an encoder${known}${near}`,
        );
      }
      return undefined;
    }
    const nearest = names.at(-1);
    if (nearest === undefined && !this.#unread) {
      const message = "there is no encoder above that embeds what it keeps; expected a " +
        "CLIPEncoder before it";
      this.#report.problem(node.at, node.path, message);
    }
    return nearest;
  }

  #checkName({ at, path }: FlowNode, name: string): void {
    if (![...this.executors, ...this.indexers].some((other) => other.name === name)) return;
    const message = `'${name}' is the name of another executor; expected a new one`;
    this.#report.problem(at, `${path}.name`, message);
  }
}
