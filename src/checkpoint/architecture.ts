/**
 * The architecture from the tensors' shapes, as openai/CLIP's `build_model` does it, and from a
 * config or hints what shapes cannot tell.
 */

import {
  type Channels,
  type CheckpointConfig,
  type CheckpointHints,
  resizeOf,
  type StatedSize,
} from "./configs/config.ts";
import { listFaults, refuse } from "./refuse.ts";
import { expectedShapes, type TensorSizes } from "./naming/shapes.ts";
import type {
  Activation,
  ClipArchitecture,
  LazyTensor,
  TextArchitecture,
  VisionArchitecture,
} from "./state_dict.ts";
import { OPENAI_MEAN, OPENAI_STD } from "./configs/image_statistics.ts";

const HEAD_WIDTH = 64;
/** ViT-g-14 has 40, RN50x64's third stage 36. */
const MAX_LAYERS = 1000;
/** In parameters: four times the largest CLIP ever published (EVA-02-E, 5 G). */
const MAX_PARAMETERS = 20e9;

type Tensors = ReadonlyMap<string, LazyTensor>;

/** What was found, with lines for the log about what had to be assumed. */
export interface DerivedArchitecture {
  readonly architecture: ClipArchitecture;
  readonly notes: readonly string[];
}

/**
 * Derives the architecture and checks every tensor against it.
 *
 * @param faults lines about tensors that could not even be renamed
 * @param config of the file beside the weights
 * @param hints of the caller, for what the config does not say
 * @throws {ClipError} listing what is missing, surplus or mis-shaped, or does not fit the config
 */
export function deriveArchitecture(
  tensors: Tensors,
  faults: readonly string[],
  config: CheckpointConfig | undefined,
  hints: CheckpointHints,
  label: string,
): DerivedArchitecture {
  const found = new ShapeReader(tensors);
  const text = textSizes(found);
  const vision = found.has("visual.layer1.") ? resnetSizes(found) : vitSizes(found);
  const embedDim = found.size("text_projection", 1);
  const all = [...faults, ...found.faults];
  if (found.faults.length === 0) all.push(...compare(tensors, { embedDim, vision, text }));
  if (all.length > 0) {
    throw refuse(label, `its tensors are not those of a CLIP model:${listFaults(byWeight(all))}`);
  }
  const sizes: TensorSizes = { embedDim, vision, text };
  if (config !== undefined) checkConfig(sizes, config, label);
  return complete(sizes, config, hints, label);
}

/** What is missing says most about what a file is, and comes first where a list is cut. */
function byWeight(faults: readonly string[]): string[] {
  const rank = (fault: string) =>
    fault.startsWith("missing") ? 0 : fault.startsWith("mis-shaped") ? 1 : 2;
  return [...faults].sort((a, b) => rank(a) - rank(b));
}

/** Reads single dimensions and remembers what is not there. */
class ShapeReader {
  readonly faults: string[] = [];
  readonly #tensors: Tensors;

  constructor(tensors: Tensors) {
    this.#tensors = tensors;
  }

  has(prefix: string): boolean {
    return [...this.#tensors.keys()].some((name) => name.startsWith(prefix));
  }

  /** Dimension `axis` of `name`; 1 and a fault if there is no such thing. */
  size(name: string, axis: number): number {
    const size = this.#tensors.get(name)?.shape[axis];
    if (size !== undefined && size > 0) return size;
    const tensor = this.#tensors.get(name);
    const fault = tensor === undefined
      ? `missing: '${name}'`
      : `mis-shaped: '${name}' is [${tensor.shape}]`;
    if (!this.faults.includes(fault)) this.faults.push(fault);
    return 1;
  }

  /** Blocks numbered under `prefix`; a gap shows later as a missing tensor. */
  layers(prefix: string): number {
    let highest = -1;
    for (const name of this.#tensors.keys()) {
      if (!name.startsWith(prefix)) continue;
      const index = /^\d+(?=\.)/.exec(name.slice(prefix.length))?.[0];
      if (index !== undefined) highest = Math.max(highest, Number(index));
    }
    if (highest < 0) this.faults.push(`missing: '${prefix}0'`);
    if (highest >= MAX_LAYERS) {
      this.faults.push(`surplus: '${prefix}${highest}': at most ${MAX_LAYERS} layers are read`);
      return 1;
    }
    return highest + 1;
  }

  /** Side of the square grid whose cells, after a first extra row, `name` has rows for. */
  grid(name: string): number {
    const cells = this.size(name, 0) - 1;
    const side = Math.round(Math.sqrt(cells));
    if (cells > 0 && side * side === cells) return side;
    if (this.#tensors.has(name)) {
      this.faults.push(`mis-shaped: '${name}' has ${cells + 1} rows, wanted a square and one more`);
    }
    return 1;
  }
}

function textSizes(found: ShapeReader): TextArchitecture {
  const width = found.size("ln_final.weight", 0);
  const layers = found.layers("transformer.resblocks.");
  return {
    contextLength: found.size("positional_embedding", 0),
    vocabSize: found.size("token_embedding.weight", 0),
    width,
    heads: 1,
    layers,
    mlpWidth: found.size("transformer.resblocks.0.mlp.c_fc.weight", 0),
  };
}

function vitSizes(found: ShapeReader): VisionArchitecture {
  const patchSize = found.size("visual.conv1.weight", 3);
  return {
    kind: "vit",
    imageSize: found.grid("visual.positional_embedding") * patchSize,
    patchSize,
    width: found.size("visual.conv1.weight", 0),
    layers: found.layers("visual.transformer.resblocks."),
    heads: 1,
    mlpWidth: found.size("visual.transformer.resblocks.0.mlp.c_fc.weight", 0),
  };
}

function resnetSizes(found: ShapeReader): VisionArchitecture {
  const stage = (i: number) => found.layers(`visual.layer${i}.`);
  return {
    kind: "resnet",
    imageSize: found.grid("visual.attnpool.positional_embedding") * 32,
    width: found.size("visual.layer1.0.conv1.weight", 0),
    layers: [stage(1), stage(2), stage(3), stage(4)],
    heads: 1,
  };
}

function compare(tensors: Tensors, sizes: TensorSizes): string[] {
  const faults: string[] = [];
  const expected = expectedShapes(sizes);
  let parameters = 0;
  for (const [name, shape] of expected) {
    const tensor = tensors.get(name);
    parameters += shape.reduce((product, size) => product * size, 1);
    if (tensor === undefined) {
      faults.push(`missing: '${name}' [${shape}]`);
    } else if (`${tensor.shape}` !== `${shape}`) {
      faults.push(`mis-shaped: '${name}' is [${tensor.shape}], wanted [${shape}]`);
    }
  }
  for (const [name, { shape }] of tensors) {
    if (!expected.has(name)) faults.push(`surplus: '${name}' [${shape}]`);
  }
  if (parameters > MAX_PARAMETERS) {
    faults.push(`its sizes make ${parameters} parameters, at most ${MAX_PARAMETERS} are read`);
  }
  return faults;
}

function checkConfig(sizes: TensorSizes, config: CheckpointConfig, label: string): void {
  const faults = [...config.unsupported];
  for (const { key, of, value } of config.sizes) {
    const actual = stated(sizes, of);
    if (actual !== undefined && `${actual}` !== `${value}`) {
      faults.push(
        `${key} is ${JSON.stringify(value)}, but the tensors have ${JSON.stringify(actual)}`,
      );
    }
  }
  if (faults.length > 0) {
    throw refuse(label, `'${config.file}' beside it does not fit:${listFaults(faults)}`);
  }
}

function stated(sizes: TensorSizes, of: StatedSize["of"]): number | readonly number[] | undefined {
  const { embedDim, vision, text } = sizes;
  switch (of) {
    case "embedDim":
      return embedDim;
    case "imageSize":
      return vision.imageSize;
    case "patchSize":
      return vision.kind === "vit" ? vision.patchSize : undefined;
    case "visionWidth":
      return vision.width;
    case "visionLayers":
      return vision.layers;
    case "visionMlpWidth":
      return vision.kind === "vit" ? vision.mlpWidth : undefined;
    case "contextLength":
      return text.contextLength;
    case "vocabSize":
      return text.vocabSize;
    case "textWidth":
      return text.width;
    case "textLayers":
      return text.layers;
    case "textMlpWidth":
      return text.mlpWidth;
  }
}

function complete(
  { embedDim, vision, text }: TensorSizes,
  config: CheckpointConfig | undefined,
  hints: CheckpointHints,
  label: string,
): DerivedArchitecture {
  const assumed: string[] = [];
  const hinted: string[] = [];
  const settle = <T>(what: string, pick: (s: CheckpointHints) => T | undefined, rule: T): T => {
    const stated = config === undefined ? undefined : pick(config);
    if (stated !== undefined) return stated;
    const hint = pick(hints);
    (hint === undefined ? assumed : hinted).push(what);
    return hint ?? rule;
  };
  const heads = (width: number) => Math.max(1, Math.floor(width / HEAD_WIDTH));
  // The ResNet's heads are those of its attention pool, 32 times as wide as the first stage.
  const visionWidth = vision.kind === "vit" ? vision.width : vision.width * 32;
  const activation = settle<Activation>("activation", (s) => s.activation, "quick_gelu");
  const visionHeads = settle(
    "vision heads",
    (s) => s.visionHeads ?? divided(visionWidth, s.visionHeadWidth),
    heads(visionWidth),
  );
  const textHeads = settle(
    "text heads",
    (s) => s.textHeads ?? divided(text.width, s.textHeadWidth),
    heads(text.width),
  );
  const mean = settle<Channels>("image mean", (s) => s.mean, OPENAI_MEAN);
  const std = settle<Channels>("image deviation", (s) => s.std, OPENAI_STD);
  const stated = config?.resize ?? hints.resize;
  const resize = stated === undefined ? undefined : resizeOf(stated, vision.imageSize);
  const faults = [
    ...unfitHeads("vision", visionWidth, visionHeads),
    ...unfitHeads("text", text.width, textHeads),
  ];
  if (faults.length > 0) {
    throw refuse(label, `the number of attention heads does not fit:${listFaults(faults)}`);
  }
  return {
    architecture: {
      embedDim,
      activation,
      vision: { ...vision, heads: visionHeads },
      text: { ...text, heads: textHeads },
      mean,
      std,
      ...(resize === undefined ? {} : { resize }),
    },
    notes: [
      ...(hinted.length === 0 ? [] : [
        `No config beside '${label}' says it, so these are those of '${
          hints.label ?? "the caller"
        }': ${hinted.join(", ")}`,
      ]),
      ...(assumed.length === 0 ? [] : [
        `Neither a config beside '${label}' nor a known model name says it, so OpenAI's are assumed ` +
        `(QuickGELU, heads of ${HEAD_WIDTH} channels, its image statistics): ${assumed.join(", ")}`,
      ]),
    ],
  };
}

/** Heads of `headWidth` in `width`; a fraction is left for the check to name. */
function divided(width: number, headWidth: number | undefined): number | undefined {
  return headWidth === undefined ? undefined : width / headWidth;
}

function unfitHeads(tower: string, width: number, heads: number): string[] {
  if (Number.isInteger(heads) && heads > 0 && width % heads === 0) return [];
  return [`${tower}: a width of ${width} cannot be split into ${heads} heads`];
}
