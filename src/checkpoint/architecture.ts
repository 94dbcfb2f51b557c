/**
 * The architecture from the tensors' shapes, and from layout, config and hints what shapes cannot
 * tell.
 */

import type { Channels } from "./configs/image_statistics.ts";
import { OPENAI_MEAN, OPENAI_STD } from "./configs/image_statistics.ts";
import type { CheckpointConfig, StatedSize } from "./configs/config.ts";
import {
  type BlockFacts,
  type CheckpointHints,
  resizeOf,
  type TextFacts,
  type VisionFacts,
} from "./facts.ts";
import type { CanonicalTensors } from "./naming/key_map.ts";
import type { Layout } from "./naming/layouts.ts";
import { expectedShapes, isOfText, type TensorSizes } from "./naming/shapes.ts";
import { OPENAI_BLOCKS } from "./openai.ts";
import { listFaults, refuse } from "./refuse.ts";
import { embeddingSize, resnetSizes, ShapeReader, textSizes, vitSizes } from "./sizes.ts";
import type { Activation, ClipArchitecture, LazyTensor, TextArchitecture } from "./state_dict.ts";

const HEAD_WIDTH = 64;
/** In parameters: four times the largest CLIP ever published (EVA-02-E, 5 G). */
const MAX_PARAMETERS = 20e9;

type Tensors = ReadonlyMap<string, LazyTensor>;

/** What an architecture is told of beside the tensors. */
export interface Statements {
  readonly layout: Layout;
  /** Of the file beside the weights. */
  readonly config: CheckpointConfig | undefined;
  /** Of the caller, for what the config does not say. */
  readonly hints: CheckpointHints;
}

/** What was found, with lines for the log about what had to be assumed. */
export interface DerivedArchitecture {
  readonly architecture: ClipArchitecture;
  readonly notes: readonly string[];
}

/**
 * Derives the architecture and checks every tensor against it.
 *
 * @throws {ClipError} listing what is missing, surplus or mis-shaped, or does not fit the config
 */
export function deriveArchitecture(
  { tensors, faults }: CanonicalTensors,
  statements: Statements,
  label: string,
): DerivedArchitecture {
  const found = new ShapeReader(tensors);
  const text = textSizes(found, textFacts(statements));
  const vision = found.hasUnder("visual.layer1.")
    ? resnetSizes(found)
    : vitSizes(found, visionFacts(statements));
  const embedDim = embeddingSize(found, text);
  const similarity = found.has("logit_bias") ? "sigmoid" : "softmax";
  const sizes: TensorSizes = { embedDim, similarity, vision, text };
  check(tensors, [...faults, ...found.faults], found, sizes, () => true, label);
  if (statements.config !== undefined) checkConfig(sizes, statements.config, label);
  return complete(sizes, statements, label);
}

/** A text tower without images, the width of its embeddings, and lines for the log. */
export interface DerivedText {
  readonly text: TextArchitecture;
  readonly embedDim: number;
  readonly notes: readonly string[];
}

/**
 * Derives a text tower that is alone in its file.
 *
 * @throws {ClipError} as `deriveArchitecture`
 */
export function deriveTextTower(
  { tensors, faults }: CanonicalTensors,
  statements: Statements,
  image: ClipArchitecture,
  label: string,
): DerivedText {
  const found = new ShapeReader(tensors);
  const text = textSizes(found, textFacts(statements));
  const embedDim = embeddingSize(found, text);
  const sizes: TensorSizes = { ...image, embedDim, text };
  check(tensors, [...faults, ...found.faults], found, sizes, isOfText, label);
  const { config } = statements;
  if (config !== undefined) checkConfig(sizes, config, label);
  const settled = new Settling(statements);
  const whole = withHeads(text, settled, label);
  return { text: whole, embedDim, notes: settled.notes(label) };
}

/** The later ones of what is stated come first. */
function textFacts({ layout, config, hints }: Statements): TextFacts {
  return { ...layout.likely.text, ...hints.text, ...layout.facts.text, ...config?.text };
}

function visionFacts({ layout, config, hints }: Statements): VisionFacts {
  return { ...layout.likely.vision, ...hints.vision, ...layout.facts.vision, ...config?.vision };
}

/** @throws {ClipError} if something is missing, surplus or mis-shaped among the tensors of `part` */
function check(
  tensors: Tensors,
  faults: readonly string[],
  found: ShapeReader,
  sizes: TensorSizes,
  part: (name: string) => boolean,
  label: string,
): void {
  const all = [...faults];
  if (found.faults.length === 0) all.push(...compare(tensors, sizes, part));
  if (all.length > 0) {
    throw refuse(label, `its tensors are not those of a CLIP model:${listFaults(byWeight(all))}`);
  }
}

/** What is missing says most about what a file is, and comes first where a list is cut. */
function byWeight(faults: readonly string[]): string[] {
  const rank = (fault: string) =>
    fault.startsWith("missing") ? 0 : fault.startsWith("mis-shaped") ? 1 : 2;
  return [...faults].sort((a, b) => rank(a) - rank(b));
}

function compare(
  tensors: Tensors,
  sizes: TensorSizes,
  part: (name: string) => boolean,
): string[] {
  const faults: string[] = [];
  const expected = new Map([...expectedShapes(sizes)].filter(([name]) => part(name)));
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
    case "positionRows":
      return text.positionRows;
    case "tokenTypes":
      return text.tokenTypes;
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

/** Takes each fact from who knows it best, and remembers which were another's, or nobody's. */
class Settling {
  readonly hinted = new Set<string>();
  readonly assumed = new Set<string>();
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  of<T>(what: string, pick: (from: CheckpointHints) => T | undefined, rule: T): T {
    const { config, layout, hints } = this.#statements;
    const certain = (config === undefined ? undefined : pick(config)) ?? pick(layout.facts);
    if (certain !== undefined) return certain;
    const hint = pick(hints);
    if (hint !== undefined) this.hinted.add(what);
    const likely = hint ?? pick(layout.likely);
    if (likely === undefined) this.assumed.add(what);
    return likely ?? rule;
  }

  notes(label: string): string[] {
    const { hinted, assumed } = this;
    return [
      ...(hinted.size === 0 ? [] : [
        `No config beside '${label}' says it, so these are those of '${
          this.#statements.hints.label ?? "the caller"
        }': ${[...hinted].join(", ")}`,
      ]),
      ...(assumed.size === 0 ? [] : [
        `Neither a config beside '${label}' nor a known model name says it, so OpenAI's are assumed ` +
        `(QuickGELU, heads of ${HEAD_WIDTH} channels, its image statistics): ${
          [...assumed].join(", ")
        }`,
      ]),
    ];
  }
}

function complete(
  { embedDim, similarity, vision, text }: TensorSizes,
  statements: Statements,
  label: string,
): DerivedArchitecture {
  const settled = new Settling(statements);
  const activation = activationOf(settled, (from) => from.vision);
  // The ResNet's heads are those of its attention pool, 32 times as wide as the first stage.
  const visionWidth = vision.kind === "vit" ? vision.width : vision.width * 32;
  const heads = headsOf(settled, "vision", visionWidth, (from) => from.vision);
  checkHeads("vision", visionWidth, heads, label);
  const textWithHeads = withHeads(text, settled, label);
  const mean = settled.of<Channels>("image mean", (from) => from.mean, OPENAI_MEAN);
  const std = settled.of<Channels>("image deviation", (from) => from.std, OPENAI_STD);
  const { config, hints, layout } = statements;
  const way = config?.resize ?? hints.resize ?? layout.likely.resize;
  const resize = way === undefined ? undefined : resizeOf(way, vision.imageSize);
  const architecture: ClipArchitecture = {
    embedDim,
    similarity,
    vision: vision.kind === "resnet" ? { ...vision, heads } : { ...vision, heads, activation },
    text: textWithHeads,
    mean,
    std,
    imageLibrary: layout.configs === "transformers" ? "transformers" : "torchvision",
    ...(resize === undefined ? {} : { resize }),
  };
  return { architecture, notes: settled.notes(label) };
}

function withHeads(text: TextArchitecture, settled: Settling, label: string): TextArchitecture {
  const heads = headsOf(settled, "text", text.width, (from) => from.text);
  checkHeads("text", text.width, heads, label);
  return { ...text, heads, activation: activationOf(settled, (from) => from.text) };
}

type TowerOf = (from: CheckpointHints) => BlockFacts | undefined;

function activationOf(settled: Settling, tower: TowerOf): Activation {
  return settled.of("activation", (from) => tower(from)?.activation, OPENAI_BLOCKS.activation);
}

function headsOf(
  settled: Settling,
  name: "vision" | "text",
  width: number,
  tower: TowerOf,
): number {
  const stated = (from: CheckpointHints) => {
    const { heads, headWidth } = tower(from) ?? {};
    // A fraction is left for the check to name.
    return heads ?? (headWidth === undefined ? undefined : width / headWidth);
  };
  return settled.of(`${name} heads`, stated, Math.max(1, Math.floor(width / HEAD_WIDTH)));
}

function checkHeads(tower: string, width: number, heads: number, label: string): void {
  if (Number.isInteger(heads) && heads > 0 && width % heads === 0) return;
  throw refuse(
    label,
    `the number of attention heads does not fit:${
      listFaults([`${tower}: a width of ${width} cannot be split into ${heads} heads`])
    }`,
  );
}
