/** Images as pixels: UINT8 `[n, height, width, 3]`, row-major, RGB. */
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { ClipError } from "../../../errors.ts";
import type { RequestItem } from "../../../service/item.ts";
import type { TensorContents } from "../infer_request.ts";
import { eachElement } from "./json_elements.ts";
import { shapeText } from "./tensor_size.ts";

const CHANNELS = 3;
/** Units of work of an image. */
const IMAGE_UNITS = 300;

/**
 * The images of a tensor.
 * @param shape of four dimensions.
 * @param place of the tensor, for messages.
 * @returns views of its bytes, where it was sent as such.
 * @throws {ClipError} invalid: another shape, or other contents than it says.
 */
export function* readPixels(
  contents: TensorContents,
  shape: readonly number[],
  place: string,
  slices: Slices,
): Sliced<RequestItem[]> {
  const [count = 0, height = 0, width = 0, channels] = shape;
  if (shape.length !== 4 || channels !== CHANNELS || (count > 0 && height * width === 0)) {
    throw new ClipError(
      "invalid",
      `${place}: its shape is ${shapeText(shape)}, expected [n, height, width, 3]`,
    );
  }
  const size = height * width * CHANNELS;
  const bytes = yield* readUint8(contents, count * size, place, slices);
  const images: RequestItem[] = [];
  for (let at = 0; images.length < count; at += size) {
    const data = bytes.subarray(at, at + size);
    images.push({ pixels: { data, width, height, channels: CHANNELS } });
    if (slices.spent(IMAGE_UNITS)) yield;
  }
  return images;
}

function* readUint8(
  contents: TensorContents,
  count: number,
  place: string,
  slices: Slices,
): Sliced<Uint8Array> {
  if (contents.kind === "json") return yield* numbersOfJson(contents.data, count, place, slices);
  const bytes = contents.kind === "raw" ? contents.bytes : contents.uint8;
  if (bytes.length === count) return bytes;
  throw new ClipError("invalid", `${place}: it has ${bytes.length} numbers, its shape ${count}`);
}

/** Numbers that are put down at a time: a shape may say any number of them, and send none. */
const FIRST_NUMBERS = 1 << 16;

function* numbersOfJson(
  data: unknown,
  count: number,
  place: string,
  slices: Slices,
): Sliced<Uint8Array> {
  let numbers = new Uint8Array(Math.min(count, FIRST_NUMBERS));
  yield* eachElement(data, count, place, slices, (element, index) => {
    if (typeof element !== "number" || (element & 255) !== element) {
      throw new ClipError(
        "invalid",
        `${place}: element ${index} is ${String(JSON.stringify(element)).slice(0, 40)}, ` +
          "expected a whole number from 0 to 255 (UINT8)",
      );
    }
    if (index === numbers.length) {
      const more = new Uint8Array(Math.min(count, numbers.length * 2));
      more.set(numbers);
      numbers = more;
    }
    numbers[index] = element;
  });
  return numbers;
}
