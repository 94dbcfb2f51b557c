/** Indexes in PostgreSQL, as tests open them. */
import type { IndexShape } from "../../../src/index/engine.ts";
import type { PostgresIndexOptions } from "../../../src/index/postgres/open.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { NEVER } from "../contract/opening.ts";

/** A small index. */
export const SHAPE: IndexShape = { dimensions: 2, metric: "cosine", columns: {} };

/** An index with the defaults of a flow; its graph is looked after often, and begins early. */
export function options(url: string, table: string): PostgresIndexOptions {
  return {
    shape: SHAPE,
    url,
    table,
    poolSize: 8,
    settings: { efConstruction: 128, efSearch: 64, maxConnection: 16 },
    log: SILENT_LOG,
    signal: NEVER,
    graphFrom: 1000,
    lookMs: 20,
  };
}
