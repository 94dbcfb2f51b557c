/** Metrics in the words of pgvector. */
import type { IndexShape, Metric } from "../engine.ts";
import { norm } from "../distance.ts";

/** The most dimensions for which there is a graph of half precision (pgvector 0.8.5, src/hnsw.h). */
export const MAX_GRAPH_DIMENSIONS = 4000;
/** The most that a vector has. */
export const MAX_DIMENSIONS = 16_000;

/** How a metric is written in SQL: `e` an embedding, `q` a query. */
export interface Geometry {
  /** In the order of the distance, by float32. */
  exact(e: string, q: string): string;
  /** The same as the graph has it, by float16. */
  near(e: string, q: string): string;
  /** What of an embedding the graph keeps. */
  kept: string;
  /** The graph's operator class. */
  operators: string;
}

/** The geometry of an index whose embeddings are in the column `embedding`. */
export function geometryOf({ dimensions, metric }: IndexShape): Geometry {
  const half = `halfvec(${dimensions})`;
  const { operator, name, value } = METRICS[metric];
  const kept = (e: string) => `(${value(e)}::${half})`;
  return {
    exact: (e, q) => `${value(e)} ${operator} ${q}`,
    near: (e, q) => `${kept(e)} ${operator} ${q}::${half}`,
    kept: kept("embedding"),
    operators: `halfvec_${name}_ops`,
  };
}

/** Queries as SQL takes them: for cosine of length 1, which float16 holds whatever it was before. */
export function preparedQueries(queries: Float32Array, shape: IndexShape): Float32Array {
  if (shape.metric !== "cosine") return queries;
  const { dimensions } = shape;
  const prepared = new Float32Array(queries.length);
  for (let at = 0; at < queries.length; at += dimensions) {
    const length = norm(queries, at, dimensions);
    for (let i = at; i < at + dimensions; i++) prepared[i] = queries[i]! / length;
  }
  return prepared;
}

const METRICS: Record<
  Metric,
  { operator: string; name: string; value: (e: string) => string }
> = {
  // Of vectors of length 1 the inner product is the cosine. pgvector's own cosine adds squares in
  // float32, which do not hold the lengths that embeddings may have.
  cosine: { operator: "<#>", name: "ip", value: (e) => `l2_normalize(${e})` },
  euclidean: { operator: "<->", name: "l2", value: (e) => e },
  inner_product: { operator: "<#>", name: "ip", value: (e) => e },
};
