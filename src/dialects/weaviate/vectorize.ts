/** `POST /vectorize`: texts and images in, their vectors out. */
import { z } from "zod";
import type { JsonBytes } from "../../encoding/json_bytes.ts";
import type { Sliced, Slices } from "../../encoding/slices.ts";
import type { RequestItem } from "../../service/item.ts";
import { imageReference } from "../reading/image_reference.ts";
import { longList, typedItems } from "../reading/lists.ts";
import { rowsCapacity, writeRows } from "../writing/rows.ts";
import { writeVector } from "../writing/vector_format.ts";

const STRING = z.string();
const FEW = 0;

/** The body. The module leaves out what it has none of. */
export const VECTORIZE = z.object({
  texts: longList(STRING, FEW).nullish(),
  images: longList(STRING, FEW).nullish().meta({
    description: "Image files in base64, as data URIs, or URLs",
  }),
});

/** The answer. */
export const VECTORS = z.object({
  textVectors: z.array(z.array(z.number())),
  imageVectors: z.array(z.array(z.number())),
});

/** What is to be embedded. */
export interface ToVectorize {
  /** Texts first, then images. */
  items: RequestItem[];
  /** How many of them are texts. */
  texts: number;
}

/**
 * Reads a body.
 * @param grow hears of the bytes that base64 becomes; may throw.
 * @throws {FieldError} an entry that is no string.
 */
export function* readVectorize(
  { texts, images }: z.output<typeof VECTORIZE>,
  grow: ((bytes: number) => void) | undefined,
  slices: Slices,
): Sliced<ToVectorize> {
  const items: RequestItem[] = [];
  yield* typedItems(texts ?? [], STRING, ["texts"], slices, (text) => {
    items.push({ text });
    return 0;
  });
  const count = items.length;
  yield* typedItems(images ?? [], STRING, ["images"], slices, (image) => {
    items.push(imageReference(image, grow));
    return image.length;
  });
  return { items, texts: count };
}

/** Bytes that the answer takes, about. */
export function vectorsCapacity(vectors: readonly Float32Array[]): number {
  return 100 + rowsCapacity(vectors.length, vectors[0]?.length ?? 0);
}

/** Writes the answer. @param texts how many of the vectors are of texts: the first ones. */
export function* writeVectors(
  json: JsonBytes,
  vectors: readonly Float32Array[],
  texts: number,
  slices: Slices,
): Sliced<void> {
  const dimensions = vectors[0]?.length ?? 0;
  const list = (from: number, count: number) =>
    writeRows(json, { count, dimensions }, (index) => {
      writeVector(json, vectors[from + index]!, "float");
    }, slices);
  json.raw('{"textVectors":');
  yield* list(0, texts);
  json.raw(',"imageVectors":');
  yield* list(texts, vectors.length - texts);
  json.raw("}");
}
