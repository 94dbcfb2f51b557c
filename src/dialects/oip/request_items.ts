/** From a request's tensors to what is embedded. */
import type { Sliced, Slices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { RequestItem } from "../../service/item.ts";
import type { InferLimits, InferRequest, InputTensor } from "./infer_request.ts";
import { EMBEDDING, INPUT_NAMES, INPUTS, type TensorInfo, TEXT } from "./model_interface.ts";
import { NO_CLASSIFICATION, NO_SHARED_MEMORY } from "./refusals.ts";
import { type Grow, readImages, readTexts } from "./tensors/elements.ts";
import { readPixels } from "./tensors/pixels_tensor.ts";
import { shapeText, tooManyElements } from "./tensors/tensor_size.ts";

/** What a request asks for. */
export interface AskedItems {
  /** Of the one input. */
  input: string;
  items: RequestItem[];
}

/**
 * The items of a request, which has one of the inputs.
 * @throws {ClipError} invalid: another input, type, shape or contents; an output that is not there.
 */
export function* readItems(
  { inputs, outputs }: InferRequest,
  { maxElements }: InferLimits,
  slices: Slices,
  grow: Grow = () => {},
): Sliced<AskedItems> {
  const tensor = theInput(inputs);
  const info = INPUTS.find(({ name }) => name === tensor.name)!;
  const place = `inputs[0] '${info.name}'`;
  checkType(tensor, info, place);
  for (const { name, parameters } of outputs) checkOutput(name, parameters);
  const count = itemCount(tensor, info, place);
  if (count > maxElements) throw tooManyElements(maxElements);
  if (info.datatype === "UINT8") {
    const items = yield* readPixels(tensor.contents, tensor.shape, place, slices);
    return { input: info.name, items };
  }
  const read = info === TEXT ? readTexts : readImages;
  return { input: info.name, items: yield* read(tensor, count, info.name, slices, grow) };
}

function theInput(inputs: readonly InputTensor[]): InputTensor {
  for (const [i, { name }] of inputs.entries()) {
    if (INPUTS.some((info) => info.name === name)) continue;
    throw new ClipError(
      "invalid",
      `inputs[${i}]: there is no input '${name.slice(0, 100)}': one of ${INPUT_NAMES} is taken`,
    );
  }
  if (inputs.length !== 1) {
    throw new ClipError(
      "invalid",
      `'inputs' has ${inputs.length} tensors: one of ${INPUT_NAMES} is taken in a request`,
    );
  }
  return inputs[0]!;
}

function checkType({ datatype, parameters }: InputTensor, info: TensorInfo, place: string): void {
  refuseSharedMemory(parameters, place);
  if (datatype === info.datatype) return;
  throw new ClipError(
    "invalid",
    `${place}: its datatype is '${datatype.slice(0, 40)}', expected ${info.datatype}`,
  );
}

function checkOutput(name: string, parameters: InputTensor["parameters"]): void {
  if (name !== EMBEDDING) {
    throw new ClipError(
      "invalid",
      `There is no output '${name.slice(0, 100)}': it is ${EMBEDDING}`,
    );
  }
  refuseSharedMemory(parameters, `Output ${EMBEDDING}`);
  if (parameters["classification"]) {
    throw new ClipError("invalid", `Output ${EMBEDDING}: ${NO_CLASSIFICATION}`);
  }
}

function refuseSharedMemory(parameters: InputTensor["parameters"], place: string): void {
  if (parameters["shared_memory_region"] === undefined) return;
  throw new ClipError("invalid", `${place}: ${NO_SHARED_MEMORY}`);
}

/** How many items a tensor of this shape has. */
function itemCount({ shape }: InputTensor, info: TensorInfo, place: string): number {
  const counts = shape.length > 0 && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  const [count = 0, ...inner] = shape;
  if (counts && (info.shape.length > 1 || inner.every((size) => size === 1))) return count;
  throw new ClipError(
    "invalid",
    `${place}: its shape is ${shapeText(shape)}, expected ${
      info.shape.length > 1 ? "[n, height, width, 3]" : "[n] or [n, 1]"
    }`,
  );
}

/** Where an item stands, as messages say it: `IMAGE[3]`. */
export function itemPlace(input: string): (index: number) => string {
  return (index) => `${input}[${index}]`;
}
