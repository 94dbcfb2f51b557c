/** The indexers of a flow: each keeps the embeddings of one encoder, chosen by its name or by that. */
import type { Indexer } from "../index/indexer.ts";

/** All indexers of a flow; there may be none. */
export class IndexerTable {
  readonly all: readonly Indexer[];
  /** Whether the flow has any, open yet or not: routes are made before they are. */
  readonly some: boolean;

  /**
   * @param all in the order of the flow, with distinct names and encoders. It may be filled while the
   * server starts: requests are served only after that.
   * @param expected how many there will be
   */
  constructor(all: readonly Indexer[] = [], expected: number = all.length) {
    this.all = all;
    this.some = expected > 0;
  }

  /** The first of the flow, which serves requests that name nothing; undefined if there is none. */
  get first(): Indexer | undefined {
    return this.all[0];
  }

  /** The indexer of this name; undefined if there is none. */
  named(name: string): Indexer | undefined {
    return this.all.find((indexer) => indexer.name === name);
  }

  /** The indexer that keeps the embeddings of the executor `name`; undefined if nothing does. */
  ofEncoder(name: string): Indexer | undefined {
    return this.all.find(({ encoder }) => encoder === name);
  }
}
