/** The door to this folder: a path in, a typed CLIP state dict out. */

import { deriveArchitecture, deriveTextTower } from "./architecture.ts";
import { configBeside, textConfigBeside } from "./configs/beside.ts";
import { chooseTokenizer } from "./configs/tokenizer_files.ts";
import { openContainer } from "./containers/container.ts";
import type { RawCheckpoint } from "./containers/raw_checkpoint.ts";
import { openShards } from "./containers/shards.ts";
import type { CheckpointHints } from "./facts.ts";
import {
  type CheckpointLocation,
  type CheckpointPath,
  locateCheckpoint,
  locateModel,
} from "./locate.ts";
import { toCanonical } from "./naming/canonical.ts";
import type { NamingScheme } from "./naming/layouts.ts";
import { type NamedTensors, recogniseNaming, recogniseTextTower } from "./naming/naming.ts";
import { expectedShapes, isOfText } from "./naming/shapes.ts";
import { refuse } from "./refuse.ts";
import { statementsOf } from "./settling.ts";
import type { ClipArchitecture, ClipStateDict, LazyTensor } from "./state_dict.ts";

/** One of the checkpoints that a model is read from. */
export interface CheckpointPart {
  readonly raw: RawCheckpoint;
  readonly scheme: NamingScheme;
  /** Files that hold the weights, as they are on disk. */
  readonly files: readonly string[];
  readonly gzipped: boolean;
}

/** A state dict with what `describeCheckpoint` wants to know about its files. */
export interface OpenedCheckpoint {
  readonly state: ClipStateDict;
  /** One; or that of the texts and that of the images. */
  readonly parts: readonly CheckpointPart[];
}

/**
 * Opens a CLIP checkpoint: a PyTorch file (TorchScript archive, `torch.save` new or old, state dict
 * or training checkpoint), a `.safetensors` file, a sharded set's index, or a directory holding one
 * of these with its config; each gzipped or not. Content decides, not the name. A directory with
 * such in `text` and in `image` is a model of two checkpoints: a text tower of M-CLIP, and the model
 * whose images it belongs to.
 *
 * Tensors stay in the file until read; call `close()` when done. A gzipped file is unpacked to a
 * temporary file first, which takes a while and is done synchronously.
 *
 * @param hints what the caller's catalog knows, for what neither tensors nor config say
 * @throws {ClipError} `config` if the path leads nowhere, `model` if the file is broken, hostile, or
 * no CLIP that is supported; the message lists what does not fit
 */
export function openCheckpoint(path: CheckpointPath, hints: CheckpointHints = {}): ClipStateDict {
  return openWithSource(path, hints).state;
}

/** `openCheckpoint`, with the source. @throws {ClipError} */
export function openWithSource(
  path: CheckpointPath,
  hints: CheckpointHints = {},
): OpenedCheckpoint {
  const model = locateModel(path);
  if (!("text" in model)) return openWhole(model, hints);
  const { text: _, ...ofImages } = hints;
  const image = openWhole(locateCheckpoint(model.image), ofImages);
  try {
    return withTextTower(image, locateCheckpoint(model.text), hints);
  } catch (error) {
    image.state.close();
    throw error;
  }
}

function openWhole(location: CheckpointLocation, hints: CheckpointHints): OpenedCheckpoint {
  const part = openPart(location, recogniseNaming);
  const { raw, named } = part;
  try {
    const canonical = toCanonical(named);
    const config = configBeside(location.folder, named.layout);
    const statements = statementsOf(named.layout, config, hints);
    const derived = deriveArchitecture(canonical, statements, raw.label);
    const { architecture, tokenizerFile } = withTokenizer(derived.architecture, location.folder);
    const state = {
      architecture,
      tensors: inOrder(canonical.tensors, architecture),
      notes: [...raw.notes ?? [], ...named.notes, ...derived.notes],
      ...tokenizerFile,
      close: () => raw.close(),
    };
    return { state, parts: [part] };
  } catch (error) {
    raw.close();
    throw error;
  }
}

/** The images of one checkpoint with the texts of another. */
function withTextTower(
  image: OpenedCheckpoint,
  location: CheckpointLocation,
  hints: CheckpointHints,
): OpenedCheckpoint {
  const part = openPart(location, recogniseTextTower);
  const { raw, named } = part;
  try {
    const canonical = toCanonical(named);
    const config = textConfigBeside(location.folder);
    const statements = statementsOf(named.layout, config, hints);
    const ofImages = image.state.architecture;
    const derived = deriveTextTower(canonical, statements, ofImages, raw.label);
    const { embedDim, text } = derived;
    if (embedDim !== ofImages.embedDim) {
      throw refuse(
        raw.label,
        `its embeddings have ${embedDim} values, but those of the model beside it, whose images ` +
          `they are to be compared with, have ${ofImages.embedDim}`,
      );
    }
    const whole = withTokenizer({ ...ofImages, text }, location.folder);
    const tensors = new Map(
      [...image.state.tensors].filter(([name]) => !isOfText(name)),
    );
    for (const [name, tensor] of canonical.tensors) tensors.set(name, tensor);
    const state = {
      architecture: whole.architecture,
      tensors: inOrder(tensors, whole.architecture),
      notes: [...image.state.notes, ...raw.notes ?? [], ...named.notes, ...derived.notes],
      ...whole.tokenizerFile,
      close() {
        image.state.close();
        raw.close();
      },
    };
    return { state, parts: [part, ...image.parts] };
  } catch (error) {
    raw.close();
    throw error;
  }
}

/**
 * The text tower of a checkpoint of M-CLIP, whose images are another model's.
 *
 * @param images architecture of the model whose images they are
 * @throws {ClipError} as `openCheckpoint`
 */
export function describeTextTower(
  path: string,
  images: ClipArchitecture,
  hints: CheckpointHints,
): Pick<ClipArchitecture, "text" | "embedDim"> {
  const location = locateCheckpoint(path);
  const { raw, named } = openPart(location, recogniseTextTower);
  try {
    const config = textConfigBeside(location.folder);
    const statements = { layout: named.layout, config, hints };
    const { text, embedDim } = deriveTextTower(toCanonical(named), statements, images, raw.label);
    return { text, embedDim };
  } finally {
    raw.close();
  }
}

function openPart(
  { file, sharded }: CheckpointLocation,
  recognise: (tensors: RawCheckpoint["tensors"], label: string) => NamedTensors,
): CheckpointPart & { readonly named: NamedTensors } {
  const { raw, files, gzipped } = openRaw(file, sharded);
  try {
    const named = recognise(raw.tensors, raw.label);
    return { raw, named, scheme: named.layout.name, files, gzipped };
  } catch (error) {
    raw.close();
    throw error;
  }
}

/** The tokenizer as the files in `folder` have it. */
function withTokenizer(
  architecture: ClipArchitecture,
  folder: string,
): { architecture: ClipArchitecture; tokenizerFile: { tokenizerFile?: string } } {
  const { text } = architecture;
  if (text.tokenizer.kind === "clip") return { architecture, tokenizerFile: {} };
  const { tokenizer, path } = chooseTokenizer(text.tokenizer, folder);
  return {
    architecture: { ...architecture, text: { ...text, tokenizer } },
    tokenizerFile: path === undefined ? {} : { tokenizerFile: path },
  };
}

/** One order for all layouts, so that what is made of the tensors does not depend on the file. */
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
