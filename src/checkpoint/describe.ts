/** What `model info` prints about a checkpoint. */

import type { CheckpointHints } from "./facts.ts";
import type { NamingScheme } from "./naming/layouts.ts";
import { openWithSource } from "./open.ts";
import type { CheckpointFormat } from "./containers/raw_checkpoint.ts";
import type { ClipArchitecture } from "./state_dict.ts";
import { elementCount } from "./containers/tensor.ts";

/** Facts about a checkpoint. */
export interface CheckpointDescription {
  /** Files that hold the weights. */
  readonly files: readonly string[];
  /** Of all files as they are on disk, in bytes. */
  readonly fileBytes: number;
  readonly gzipped: boolean;
  readonly format: CheckpointFormat;
  readonly scheme: NamingScheme;
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
  path: string,
  hints: CheckpointHints = {},
): CheckpointDescription {
  const { state, raw, scheme, files, gzipped } = openWithSource(path, hints);
  try {
    const dtypes: Record<string, number> = {};
    let parameters = 0;
    for (const { dtype, shape } of state.tensors.values()) {
      const count = elementCount(shape) ?? 0;
      dtypes[dtype] = (dtypes[dtype] ?? 0) + count;
      parameters += count;
    }
    return {
      files,
      fileBytes: files.reduce((sum, file) => sum + Deno.statSync(file).size, 0),
      gzipped,
      format: raw.format,
      scheme,
      architecture: state.architecture,
      tensors: state.tensors.size,
      parameters,
      dtypes,
      provenance: Object.fromEntries(raw.provenance),
      notes: state.notes,
    };
  } finally {
    state.close();
  }
}
