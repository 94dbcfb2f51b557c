/** Whether what lies in a file can be a model of the catalog at all. */
import type { ClipArchitecture, VisionArchitecture } from "../../checkpoint/state_dict.ts";

/**
 * The sizes in which a checkpoint differs from a catalog entry, a phrase each. What tensors do not
 * show (heads, activation, statistics) is not compared.
 */
export function misfits(wanted: ClipArchitecture, found: ClipArchitecture): string[] {
  const faults: string[] = [];
  const compare = (what: string, a: unknown, b: unknown) => {
    if (`${a}` !== `${b}`) faults.push(`${what} ${b} instead of ${a}`);
  };
  compare("embeddings of", wanted.embedDim, found.embedDim);
  const [vision, other] = [visionSizes(wanted.vision), visionSizes(found.vision)];
  for (const [what, size] of Object.entries(vision)) compare(what, size, other[what] ?? "none");
  compare("text width", wanted.text.width, found.text.width);
  compare("text layers", wanted.text.layers, found.text.layers);
  compare("text MLP", wanted.text.mlpWidth, found.text.mlpWidth);
  compare("context", wanted.text.contextLength, found.text.contextLength);
  compare("vocabulary", wanted.text.vocabSize, found.text.vocabSize);
  return faults;
}

function visionSizes(vision: VisionArchitecture): Record<string, unknown> {
  return {
    "an image tower of kind": vision.kind,
    "images of": vision.imageSize,
    "image width": vision.width,
    "image layers": vision.layers,
    ...(vision.kind === "vit"
      ? { "patches of": vision.patchSize, "image MLP": vision.mlpWidth }
      : {}),
  };
}
