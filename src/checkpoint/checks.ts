/** Whether tensors and config are those of the architecture that was derived. */
import type { CheckpointConfig, StatedSize } from "./configs/config.ts";
import { expectedShapes, type TensorSizes } from "./naming/shapes.ts";
import { listFaults, refuse } from "./refuse.ts";
import type { ShapeReader } from "./sizes.ts";
import type { LazyTensor } from "./state_dict.ts";

/** In parameters: four times the largest CLIP ever published (EVA-02-E, 5 G). */
const MAX_PARAMETERS = 20e9;

type Tensors = ReadonlyMap<string, LazyTensor>;

/**
 * Checks every tensor.
 *
 * @param faults what was found wrong with the names already
 * @param part which of the expected tensors are in the file at all
 * @throws {ClipError} listing what is missing, surplus or mis-shaped
 */
export function checkTensors(
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
  const faults = widthFaults(sizes);
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

/** A tower without a projection gives embeddings of its own width. */
function widthFaults({ embedDim, vision, text }: TensorSizes): string[] {
  const towers = [["vision", vision], ["text", text]] as const;
  return towers.flatMap(([name, tower]) =>
    "projection" in tower && tower.projection === "none" && tower.width !== embedDim
      ? [
        `mis-shaped: the ${name} tower gives ${tower.width} values and has no projection to the ` +
        `${embedDim} of the other's`,
      ]
      : []
  );
}

/** Checks that a config asks for nothing else. @throws {ClipError} listing what is not supported */
export function checkSupported({ file, unsupported }: CheckpointConfig, label: string): void {
  if (unsupported.length === 0) return;
  throw refuse(label, `'${file}' beside it does not fit:${listFaults(unsupported)}`);
}

/** Checks the sizes in a config. @throws {ClipError} listing those that the tensors do not have */
export function checkConfig(sizes: TensorSizes, config: CheckpointConfig, label: string): void {
  const faults: string[] = [];
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
    case "queries":
      return vision.kind === "vit" ? vision.queries?.count : undefined;
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
