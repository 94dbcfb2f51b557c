/** The door to this folder: a path in, a typed CLIP state dict out. */

import { chooseTokenizer } from "./configs/tokenizer_files.ts";
import { configBeside } from "./configs/beside.ts";
import { deriveArchitecture } from "./architecture.ts";
import { toCanonical } from "./naming/canonical.ts";
import type { CheckpointHints } from "./facts.ts";
import { openContainer } from "./containers/container.ts";
import { locateCheckpoint } from "./locate.ts";
import type { NamingScheme } from "./naming/layouts.ts";
import { recogniseNaming } from "./naming/naming.ts";
import type { RawCheckpoint } from "./containers/raw_checkpoint.ts";
import { openShards } from "./containers/shards.ts";
import { expectedShapes } from "./naming/shapes.ts";
import type { ClipArchitecture, ClipStateDict, LazyTensor } from "./state_dict.ts";

/** A state dict with what `describeCheckpoint` wants to know about its file. */
export interface OpenedCheckpoint {
  readonly state: ClipStateDict;
  readonly raw: RawCheckpoint;
  readonly scheme: NamingScheme;
  /** Files that hold the weights, as they are on disk. */
  readonly files: readonly string[];
  readonly gzipped: boolean;
}

/**
 * Opens a CLIP checkpoint: a PyTorch file (TorchScript archive, `torch.save` new or old, state dict
 * or training checkpoint), a `.safetensors` file, a sharded set's index, or a directory holding one
 * of these with its config; each gzipped or not. Content decides, not the name.
 *
 * Tensors stay in the file until read; call `close()` when done. A gzipped file is unpacked to a
 * temporary file first, which takes a while and is done synchronously.
 *
 * @param hints what the caller's catalog knows, for what neither tensors nor config say
 * @throws {ClipError} `config` if the path leads nowhere, `model` if the file is broken, hostile, or
 * no CLIP that is supported; the message lists what does not fit
 */
export function openCheckpoint(path: string, hints: CheckpointHints = {}): ClipStateDict {
  return openWithSource(path, hints).state;
}

/** `openCheckpoint`, with the source. @throws {ClipError} */
export function openWithSource(path: string, hints: CheckpointHints = {}): OpenedCheckpoint {
  const location = locateCheckpoint(path);
  const { raw, files, gzipped } = openRaw(location.file, location.sharded);
  try {
    const named = recogniseNaming(raw.tensors, raw.label);
    const canonical = toCanonical(named);
    const { layout } = named;
    const config = configBeside(location.folder, layout);
    const statements = { layout, config, hints };
    const derived = deriveArchitecture(canonical, statements, raw.label);
    const { architecture, tokenizerFile } = withTokenizer(derived.architecture, location.folder);
    const state = {
      architecture,
      tensors: inOrder(canonical.tensors, architecture),
      notes: [...raw.notes ?? [], ...named.notes, ...derived.notes],
      ...(tokenizerFile === undefined ? {} : { tokenizerFile }),
      close: () => raw.close(),
    };
    return { state, raw, scheme: layout.name, files, gzipped };
  } catch (error) {
    raw.close();
    throw error;
  }
}

/** The tokenizer as the files in `folder` have it. */
function withTokenizer(
  architecture: ClipArchitecture,
  folder: string,
): { architecture: ClipArchitecture; tokenizerFile?: string } {
  const { text } = architecture;
  if (text.tokenizer.kind === "clip") return { architecture };
  const { tokenizer, path } = chooseTokenizer(text.tokenizer, folder);
  return {
    architecture: { ...architecture, text: { ...text, tokenizer } },
    ...(path === undefined ? {} : { tokenizerFile: path }),
  };
}

/** One order for all schemes, so that what is made of the tensors does not depend on the file. */
function inOrder(
  tensors: ReadonlyMap<string, LazyTensor>,
  architecture: ClipArchitecture,
): Map<string, LazyTensor> {
  const names = expectedShapes(architecture).keys();
  return new Map(names.map((name) => [name, tensors.get(name) as LazyTensor]));
}

function openRaw(
  file: string,
  sharded: boolean,
): { raw: RawCheckpoint; files: string[]; gzipped: boolean } {
  if (sharded) {
    const raw = openShards(file);
    return { raw, files: raw.files, gzipped: false };
  }
  const raw = openContainer(file);
  return { raw, files: [file], gzipped: raw.gzipped };
}
