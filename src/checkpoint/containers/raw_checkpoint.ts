/** What every container format is read into: names, tensors in their file, and where it came from. */

import type { StoredTensor } from "./tensor.ts";

/** Container formats, named as `model info` prints them. */
export type CheckpointFormat =
  /** Zip archive of `torch.jit.save`: OpenAI's files. */
  | "torchscript"
  /** Zip archive of `torch.save` since PyTorch 1.6. */
  | "torch"
  /** Pickles in a row, `torch.save` before 1.6. */
  | "torch-legacy"
  | "safetensors";

/** A checkpoint's tensors under the names that the file uses. */
export interface RawCheckpoint {
  /** For messages: the path that the user gave. */
  readonly label: string;
  readonly format: CheckpointFormat;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Free-form facts about the file's origin: versions, metadata, class names. */
  readonly provenance: ReadonlyMap<string, string>;
  /** Lines for the log: what was chosen, and from what. */
  readonly notes?: readonly string[];
  close(): void;
}
