/** M-CLIP's `config.json`: it says which model its text tower was made from, and little else. */
import type { TextFacts } from "../facts.ts";
import {
  type CheckpointConfig,
  type JsonObject,
  positiveInteger,
  show,
  type StatedSize,
} from "./config.ts";

/** The base models, which say by their names alone what their layers are. */
const BASES: readonly (readonly [RegExp, TextFacts])[] = [
  [
    /^(.+\/)?xlm-roberta-(base|large)$/i,
    { positionsCount: "unpadded", padId: 1, eps: 1e-5, headWidth: 64 },
  ],
  [/^(.+\/)?labse$/i, { positionsCount: "all", padId: 0, eps: 1e-12, headWidth: 64 }],
];

/** Reads it. Nothing is thrown: what does not fit is in `unsupported`. */
export function parseMClipConfig(json: JsonObject, file: string): CheckpointConfig {
  const unsupported: string[] = [];
  const type = json["model_type"];
  if (type !== "M-CLIP") unsupported.push(`model_type ${show(type)}: wanted 'M-CLIP'`);
  const name = json["modelBase"];
  const base = BASES.find(([pattern]) => typeof name === "string" && pattern.test(name));
  if (base === undefined) {
    unsupported.push(`modelBase ${show(name)}: wanted 'xlm-roberta-base', '-large' or 'LaBSE'`);
  }
  const sizes: StatedSize[] = [];
  for (
    const [key, of] of [["numDims", "embedDim"], ["transformerDimensions", "textWidth"]] as const
  ) {
    const size = positiveInteger(json[key]);
    if (size !== undefined) sizes.push({ key, of, value: size });
    else if (json[key] !== undefined) unsupported.push(`${key} ${show(json[key])}`);
  }
  return { file, ...(base === undefined ? {} : { text: base[1] }), sizes, unsupported };
}
