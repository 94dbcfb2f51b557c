/** What a model weighs, and about what a server of it needs. Pure sums over its architecture. */
import { expectedShapes } from "../../checkpoint/naming/shapes.ts";
import type { ClipArchitecture, VisionArchitecture } from "../../checkpoint/state_dict.ts";

const FLOAT_BYTES = 4;
/** The process with its runtime, without any model. */
export const PROCESS_BYTES = 250e6;
/** Images that are computed at a time by default. */
const MINIBATCH = 16;

/** Weights of a model, without batch norm's running statistics. */
export function parameterCount(architecture: ClipArchitecture): number {
  let count = 0;
  for (const [name, shape] of expectedShapes(architecture)) {
    if (!/\.running_(mean|var)$/.test(name)) count += shape.reduce((a, b) => a * b, 1);
  }
  return count;
}

/** Bytes of the weights in float32, as they are computed with by default. */
export function weightBytes(architecture: ClipArchitecture): number {
  return FLOAT_BYTES * parameterCount(architecture);
}

/**
 * Bytes that a server with one replica takes, within some tenths (the table in docs/models.md is
 * measured): weights in float32, the process, and what is between the layers of 16 images.
 */
export function serverBytes(architecture: ClipArchitecture): number {
  return weightBytes(architecture) + PROCESS_BYTES + MINIBATCH * imageBytes(architecture.vision);
}

/** Bytes between the layers that are held at the same time of one image. */
export function imageBytes(vision: VisionArchitecture): number {
  if (vision.kind === "resnet") {
    const side = vision.imageSize / 2;
    return 2 * side * side * vision.width * FLOAT_BYTES;
  }
  const side = Math.floor(vision.imageSize / vision.patchSize);
  const rows = side * side + (vision.classToken ? 1 : 0);
  const values = rows * (4 * vision.width + 2 * vision.mlpWidth) + vision.heads * rows * rows;
  return values * FLOAT_BYTES;
}
