/** The messages between the main thread and the worker that converts a checkpoint. Types only. */
import type { CheckpointPath } from "../src/checkpoint/locate.ts";
import type { ErrorData } from "../src/errors.ts";
import type { ConversionPhase } from "../src/graph/conversion_cache.ts";
import type { GraphOptions } from "../src/graph/convert.ts";
import type { CatalogEntry } from "../src/model/catalog/catalog.ts";

/** main → converter, once. */
export interface ConvertTask extends GraphOptions {
  /** As `model_path` names it; or of a model of two checkpoints. */
  path: CheckpointPath;
  /** What the catalog knows of it. */
  entry?: CatalogEntry;
  /** Clipline's cache folder. */
  cacheRoot: string;
}

/** converter → main. `converted` or `failed` is the last. */
export type FromConverter =
  | { type: "progress"; phase: ConversionPhase; done: number; total: number }
  /** A line for the log. */
  | { type: "note"; line: string }
  | { type: "converted"; directory: string; fresh: boolean }
  | { type: "failed"; error: ErrorData };
