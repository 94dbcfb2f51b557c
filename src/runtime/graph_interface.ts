/**
 * What a CLIP graph from anywhere expects and gives, read off its declared inputs and outputs. The
 * layouts that occur are those of clip-as-service (`input_ids` and `attention_mask` int32, or one
 * `input`), of the hub's exports (`input_ids` int64, `pixel_values`, `text_embeds`, `image_embeds`)
 * and our own (uint8 pixels, free text length).
 */
import { ClipError } from "../errors.ts";
import type { ValueInfo } from "./session.ts";

/** How the text tower is fed. */
export interface TextInterface {
  ids: { name: string; type: "int32" | "int64" };
  mask?: { name: string; type: "int32" | "int64" };
  /** The length that every input must have, or undefined when the length is free. */
  fixedLength?: number;
  output: string;
  /** Width of the embedding, or undefined when the graph does not say. */
  embedDim?: number;
}

/** How the vision tower is fed: `[N, 3, R, R]`. */
export interface VisionInterface {
  pixels: { name: string; type: "float32" | "uint8" };
  /** R, or undefined when the graph does not say. */
  imageSize?: number;
  output: string;
  embedDim?: number;
}

const TEXT_OUTPUTS = ["text_embeds", "text_features", "sentence_embedding", "output"];
const IMAGE_OUTPUTS = ["image_embeds", "image_features", "sentence_embedding", "output"];

/**
 * Reads the text tower's interface.
 * @throws {ClipError} "model" with the reason and the graph's own declaration, if it does not fit.
 */
export function readTextInterface(
  file: string,
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
): TextInterface {
  refuseCombined(file, inputs, outputs);
  const mask = inputs.find((input) => input.name === "attention_mask");
  const others = inputs.filter((input) => input !== mask);
  const ids = others.find((input) => input.name === "input_ids") ?? others[0];
  if (!ids || others.length !== 1) {
    throw misfit(
      file,
      "a text tower takes token ids and perhaps 'attention_mask'",
      inputs,
      outputs,
    );
  }
  const idsType = integerType(file, ids, inputs, outputs);
  requireFreeBatch(file, ids, 2, inputs, outputs);
  const length = ids.shape[1];
  const result: TextInterface = {
    ids: { name: ids.name, type: idsType },
    ...chooseOutput(file, TEXT_OUTPUTS, inputs, outputs),
  };
  if (mask) result.mask = { name: mask.name, type: integerType(file, mask, inputs, outputs) };
  if (typeof length === "number" && length > 0) result.fixedLength = length;
  return result;
}

/**
 * Reads the vision tower's interface.
 * @throws {ClipError} "model" with the reason and the graph's own declaration, if it does not fit.
 */
export function readVisionInterface(
  file: string,
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
): VisionInterface {
  refuseCombined(file, inputs, outputs);
  const pixels = inputs[0];
  if (!pixels || inputs.length !== 1) {
    throw misfit(file, "a vision tower takes pixels and nothing else", inputs, outputs);
  }
  if (pixels.type === "float16") {
    throw misfit(
      file,
      `its input '${pixels.name}' is float16, which cannot be fed from this runtime; export it with float32 inputs (weights may be float16)`,
      inputs,
      outputs,
    );
  }
  if (pixels.type !== "float32" && pixels.type !== "uint8") {
    throw misfit(file, `pixels must be float32 or uint8, not ${pixels.type}`, inputs, outputs);
  }
  requireFreeBatch(file, pixels, 4, inputs, outputs);
  const [, channels, height, width] = pixels.shape;
  if (typeof channels === "number" && channels > 0 && channels !== 3) {
    throw misfit(file, "pixels must be [batch, 3, height, width]", inputs, outputs);
  }
  if (
    typeof height === "number" && typeof width === "number" && height > 0 && height !== width
  ) {
    throw misfit(file, "images must be square", inputs, outputs);
  }
  const result: VisionInterface = {
    pixels: { name: pixels.name, type: pixels.type },
    ...chooseOutput(file, IMAGE_OUTPUTS, inputs, outputs),
  };
  if (typeof height === "number" && height > 0) result.imageSize = height;
  return result;
}

/** The embedding's output by name; failing that the only float output of rank 2. */
function chooseOutput(
  file: string,
  names: readonly string[],
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
): { output: string; embedDim?: number } {
  const rank2 = outputs.filter((output) => output.shape.length === 2);
  const named = names.flatMap((name) => outputs.filter((output) => output.name === name))[0];
  const chosen = named ??
    (outputs.length === 1 ? outputs[0] : rank2.length === 1 ? rank2[0] : null);
  if (!chosen) {
    throw misfit(
      file,
      `none of its outputs is known as the embedding (${names.join(", ")})`,
      inputs,
      outputs,
    );
  }
  if (chosen.type === "float16") {
    throw misfit(
      file,
      `its output '${chosen.name}' is float16, which cannot be read from this runtime; export it with float32 outputs`,
      inputs,
      outputs,
    );
  }
  if (chosen.type !== "float32") {
    throw misfit(file, `the embedding must be float32, not ${chosen.type}`, inputs, outputs);
  }
  // Some exporters leave the rank of an output unsaid; the warm-up then checks it.
  if (chosen.shape.length !== 0 && chosen.shape.length !== 2) {
    throw misfit(
      file,
      `the embedding '${chosen.name}' must have rank 2 [batch, width]`,
      inputs,
      outputs,
    );
  }
  const width = chosen.shape[1];
  return typeof width === "number" && width > 0
    ? { output: chosen.name, embedDim: width }
    : { output: chosen.name };
}

function refuseCombined(
  file: string,
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
): void {
  const names = new Set(inputs.map((input) => input.name));
  if (!(names.has("pixel_values") && names.has("input_ids"))) return;
  throw misfit(
    file,
    "it is a combined export of both towers, whose embeddings are normalised; put the separate text_model.onnx and vision_model.onnx of the same model there",
    inputs,
    outputs,
  );
}

function integerType(
  file: string,
  info: ValueInfo,
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
): "int32" | "int64" {
  if (info.type === "int32" || info.type === "int64") return info.type;
  throw misfit(
    file,
    `the input '${info.name}' must be int32 or int64, not ${info.type}`,
    inputs,
    outputs,
  );
}

function requireFreeBatch(
  file: string,
  info: ValueInfo,
  rank: number,
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
): void {
  if (info.shape.length !== rank) {
    throw misfit(
      file,
      `the input '${info.name}' must have rank ${rank}, not ${info.shape.length}`,
      inputs,
      outputs,
    );
  }
  const batch = info.shape[0];
  if (typeof batch === "number" && batch > 0) {
    throw misfit(
      file,
      `the batch axis of '${info.name}' is fixed to ${batch}; export it with a free (dynamic) batch axis`,
      inputs,
      outputs,
    );
  }
}

function misfit(
  file: string,
  reason: string,
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
): ClipError {
  const show = (values: readonly ValueInfo[]) =>
    values.map((value) => `${value.name}: ${value.type}[${value.shape.join(", ")}]`).join(", ");
  return new ClipError(
    "model",
    `${file} does not fit: ${reason}. It declares inputs ${show(inputs)} and outputs ${
      show(outputs)
    }`,
  );
}
