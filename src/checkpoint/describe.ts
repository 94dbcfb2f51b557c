/** What `model info` prints about a checkpoint. */

import type { CheckpointHints } from "./facts.ts";
import type { CheckpointPath } from "./locate.ts";
import { openWithSource } from "./open.ts";
import type { ClipArchitecture } from "./state_dict.ts";
import { elementCount } from "./containers/tensor.ts";

/** Facts about a checkpoint. */
export interface CheckpointDescription {
  /** Files that hold the weights. */
  readonly files: readonly string[];
  /** Of all files as they are on disk, in bytes. */
  readonly fileBytes: number;
  readonly gzipped: boolean;
  /** Of the container, a `CheckpointFormat`; of two: `… and …`, that of the texts first. */
  readonly format: string;
  /** Of the names, a `NamingScheme`; of two checkpoints: `… and …`. */
  readonly scheme: string;
  readonly architecture: ClipArchitecture;
  /** Number of tensors of the model. */
  readonly tensors: number;
  /** Number of values in them. Batch norm's running statistics count, as they are weights here. */
  readonly parameters: number;
  /** Element type -> number of values. */
  readonly dtypes: Readonly<Record<string, number>>;
  /** Where the file comes from, as far as it says so: versions, class names, metadata. */
  readonly provenance: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** Describes a checkpoint without reading its values. @throws {ClipError} as `openCheckpoint` */
export function describeCheckpoint(
  path: CheckpointPath,
  hints: CheckpointHints = {},
): CheckpointDescription {
  const { state, parts } = openWithSource(path, hints);
  try {
    const dtypes: Record<string, number> = {};
    let parameters = 0;
    for (const { dtype, shape } of state.tensors.values()) {
      const count = elementCount(shape) ?? 0;
      dtypes[dtype] = (dtypes[dtype] ?? 0) + count;
      parameters += count;
    }
    const files = parts.flatMap((part) => part.files);
    return {
      files,
      fileBytes: files.reduce((sum, file) => sum + Deno.statSync(file).size, 0),
      gzipped: parts.some((part) => part.gzipped),
      format: parts.map(({ raw }) => raw.format).join(" and "),
      scheme: parts.map(({ scheme }) => scheme).join(" and "),
      architecture: state.architecture,
      tensors: state.tensors.size,
      parameters,
      dtypes,
      provenance: Object.fromEntries(parts.flatMap(({ raw }) => [...raw.provenance])),
      notes: state.notes,
    };
  } finally {
    state.close();
  }
}
