/** What BYTES tensors hold: texts, and images as files or as where they are found. */
import { Buffer } from "node:buffer";
import { decodeBase64 } from "../../../encoding/base64.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import { MAX_TEXT_BYTES, textTooLong } from "../../../encoding/text_pieces.ts";
import { decodeUtf8InSlices, isUtf8InSlices } from "../../../encoding/utf8_slices.ts";
import { ClipError } from "../../../errors.ts";
import type { RequestItem } from "../../../service/item.ts";
import { imageReference } from "../../reading/image_reference.ts";
import type { InputTensor, TensorContents } from "../infer_request.ts";
import { splitElements } from "./bytes_tensor.ts";
import { eachElement } from "./json_elements.ts";

/** Hears how many bytes of heap something takes beyond the message; may throw. */
export type Grow = (bytes: number) => void;

/** Units of work of an item, beside its bytes. */
const ITEM_UNITS = 100;
/** Bytes of heap of an element, about. */
const BYTES_PER_ELEMENT = 250;

/** An element as it came: a string of JSON, or bytes. */
type Element = string | Uint8Array;

/**
 * The texts of a tensor.
 * @throws {ClipError} invalid: other contents than its shape says, or not UTF-8.
 */
export function* readTexts(
  tensor: InputTensor,
  count: number,
  place: string,
  slices: Slices,
  grow: Grow,
): Sliced<RequestItem[]> {
  const elements = yield* readElements(tensor.contents, count, place, slices, grow);
  const packed = isBase64(tensor);
  const items: RequestItem[] = [];
  for (const [index, sent] of elements.entries()) {
    const element = packed ? unpacked(sent) : sent;
    const text = typeof element === "string"
      ? element
      : yield* decodeText(element, `${place}[${index}]`, slices);
    items.push({ text });
    if (slices.spent(ITEM_UNITS)) yield;
  }
  return items;
}

/**
 * The images of a tensor: bytes are those of a file, or of a data: URI or URL; a string is one of
 * these, or base64.
 * @throws {ClipError} invalid: other contents than its shape says.
 */
export function* readImages(
  tensor: InputTensor,
  count: number,
  place: string,
  slices: Slices,
  grow: Grow,
): Sliced<RequestItem[]> {
  const elements = yield* readElements(tensor.contents, count, place, slices, grow);
  const packed = isBase64(tensor);
  const items: RequestItem[] = [];
  for (const element of elements) {
    const isFile = typeof element !== "string" && !packed && !beginsAsUri(element);
    items.push(isFile ? { bytes: element } : imageReference(latin1(element), grow));
    if (slices.spent(isFile ? ITEM_UNITS : ITEM_UNITS + element.length)) yield;
  }
  return items;
}

function* readElements(
  contents: TensorContents,
  count: number,
  place: string,
  slices: Slices,
  grow: Grow,
): Sliced<readonly Element[]> {
  if (contents.kind === "json") {
    const strings: string[] = [];
    yield* eachElement(contents.data, count, place, slices, (element, index) => {
      if (typeof element !== "string") {
        throw new ClipError("invalid", `${place}[${index}] is not a string: its datatype is BYTES`);
      }
      strings.push(element);
    });
    return strings;
  }
  grow(count * BYTES_PER_ELEMENT);
  if (contents.kind === "raw") return yield* splitElements(contents.bytes, count, place, slices);
  const { elements } = contents;
  if (elements.length === count) return elements;
  throw new ClipError(
    "invalid",
    `${place}: it has ${elements.length} elements in 'bytes_contents', its shape says ${count}`,
  );
}

/** MLServer's way to say that elements are base64 (`codecs/base64.py`, 1.7.1). */
function isBase64({ parameters }: InputTensor): boolean {
  return parameters["content_type"] === "base64";
}

function unpacked(element: Element): Uint8Array {
  try {
    return decodeBase64(latin1(element));
  } catch {
    return new Uint8Array(0);
  }
}

function latin1(element: Element): string {
  if (typeof element === "string") return element;
  return Buffer.from(element.buffer, element.byteOffset, element.byteLength).toString("latin1");
}

/** `data:`, `http:` or `https:`: no image file begins so. */
function beginsAsUri(bytes: Uint8Array): boolean {
  const first = bytes[0]! | 0x20;
  return (first === 0x64 || first === 0x68) &&
    /^(data|https?):/i.test(latin1(bytes.subarray(0, 8)));
}

function* decodeText(bytes: Uint8Array, place: string, slices: Slices): Sliced<string> {
  if (bytes.length > MAX_TEXT_BYTES) throw textTooLong();
  if (yield* isUtf8InSlices(bytes, slices)) return yield* decodeUtf8InSlices(bytes, slices);
  throw new ClipError("invalid", `${place} is not valid UTF-8: images belong into IMAGE`);
}
