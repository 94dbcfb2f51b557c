/**
 * The architecture from the tensors' shapes, and from layout, config and hints what shapes cannot
 * tell.
 */

import { checkConfig, checkSupported, checkTensors } from "./checks.ts";
import { type Channels, OPENAI_MEAN, OPENAI_STD } from "./configs/image_statistics.ts";
import {
  type BlockFacts,
  type CheckpointHints,
  resizeOf,
  type TextFacts,
  type VisionFacts,
} from "./facts.ts";
import type { CanonicalTensors } from "./naming/key_map.ts";
import { isOfText, type TensorSizes } from "./naming/shapes.ts";
import { OPENAI_BLOCKS, OPENAI_TEXT, OPENAI_VIT } from "./openai.ts";
import { listFaults, refuse } from "./refuse.ts";
import { HEAD_WIDTH, Settling, type Statements } from "./settling.ts";
import { embeddingSize, resnetSizes, ShapeReader, textSizes, vitSizes } from "./sizes.ts";
import type { Activation, ClipArchitecture, TextArchitecture } from "./state_dict.ts";

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
  const { config } = statements;
  // Of a config that is not understood, what it says of the tensors is not to be believed either.
  if (config !== undefined) checkSupported(config, label);
  const found = new ShapeReader(tensors);
  const text = textSizes(found, textFacts(statements));
  const vision = found.hasUnder("visual.layer1.")
    ? resnetSizes(found)
    : vitSizes(found, visionFacts(statements));
  const embedDim = embeddingSize(found, text);
  const similarity = found.has("logit_bias") ? "sigmoid" : "softmax";
  const sizes: TensorSizes = { embedDim, similarity, vision, text };
  checkTensors(tensors, [...faults, ...found.faults], found, sizes, () => true, label);
  if (config !== undefined) checkConfig(sizes, config, label);
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
  const { config } = statements;
  if (config !== undefined) checkSupported(config, label);
  const found = new ShapeReader(tensors);
  const text = textSizes(found, textFacts(statements));
  const embedDim = embeddingSize(found, text);
  const sizes: TensorSizes = { ...image, embedDim, text };
  checkTensors(tensors, [...faults, ...found.faults], found, sizes, isOfText, label);
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
  const stated = config?.sizes.find(({ of }) => of === "imageSize")?.value;
  return {
    ...layout.likely.vision,
    ...hints.vision,
    ...layout.facts.vision,
    ...config?.vision,
    ...(typeof stated === "number" ? { imageSize: stated } : {}),
  };
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
  if (vision.kind === "vit" && vision.queries !== null) {
    checkHeads("attentional pooler", embedDim, vision.queries.heads, label);
  }
  const textWithHeads = withHeads(text, settled, label);
  if (vision.kind === "vit") settled.noteUnusual("vision", OPENAI_VIT);
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
  settled.noteUnusual("text", OPENAI_TEXT);
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
