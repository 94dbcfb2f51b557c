/** What a body wants embedded, as items in their order. */
import type { Sliced, Slices } from "../../encoding/slices.ts";
import type { RequestItem } from "../../service/item.ts";
import { type BodyBounds, requireFewItems } from "../reading/body_size.ts";
import { isImageDataUri } from "../reading/image_reference.ts";
import { FieldError } from "../reading/typed_body.ts";
import type { EmbeddingsBody } from "./body.ts";
import { beginsConversation, readConversation } from "./conversation.ts";
import { type Grow, imageAt, isObject, type Place, readPart } from "./part.ts";

/** Units of work of an item, beside its characters. */
const ITEM_UNITS = 100;

/** How strings are read, and how much there may be. */
export interface ReadOptions {
  /** What a string is; by default an image if it is a data URI of one, else a text. */
  modality: "text" | "image" | undefined;
  bounds: BodyBounds;
  grow: Grow;
}

/** Items, and where each of them stands in the body. */
export interface ReadItems {
  items: RequestItem[];
  place: (index: number) => string;
}

/**
 * Reads them.
 * @throws {FieldError} the first that is wrong.
 * @throws {ClipError} too_large: more than are allowed.
 */
export function* readItems(
  { input = null, messages = null }: Pick<EmbeddingsBody, "input" | "messages">,
  options: ReadOptions,
  slices: Slices,
): Sliced<ReadItems> {
  if (messages !== null) {
    if (input !== null) throw new FieldError(["messages"], "expected 'input' or this, not both");
    return yield* readMessages(messages, "messages", options, slices);
  }
  if (input === null) throw new FieldError(["input"], "it is missing");
  if (!Array.isArray(input)) {
    return { items: [readItem(input, ["input"], options)], place: () => "input" };
  }
  if (beginsConversation(input) || (Array.isArray(input[0]) && beginsConversation(input[0]))) {
    return yield* readMessages(input, "input", options, slices);
  }
  const items = yield* readList(input, "input", options, slices);
  return { items, place: (index) => `input.${index}` };
}

/**
 * The items of a list of texts and images.
 * @param key of the list in the body.
 * @throws {FieldError} the first that is wrong; or the list is empty.
 * @throws {ClipError} too_large: more than are allowed.
 */
export function* readList(
  list: readonly unknown[],
  key: string,
  options: ReadOptions,
  slices: Slices,
): Sliced<RequestItem[]> {
  if (list.length === 0) throw new FieldError([key], "it is an empty list");
  requireFewItems(list.length, options.bounds);
  const items: RequestItem[] = [];
  for (let i = 0; i < list.length; i++) {
    const item = readItem(list[i], [key, i], options);
    items.push(item);
    if (slices.spent(ITEM_UNITS + ("bytes" in item ? 3 * item.bytes.length : ITEM_UNITS))) yield;
  }
  return items;
}

/** One conversation, or a list of them. */
function* readMessages(
  messages: unknown,
  key: string,
  { bounds, grow }: ReadOptions,
  slices: Slices,
): Sliced<ReadItems> {
  if (!Array.isArray(messages) || !Array.isArray(messages[0])) {
    const item = yield* readConversation(messages, [key], grow, slices);
    return { items: [item], place: () => key };
  }
  requireFewItems(messages.length, bounds);
  const items: RequestItem[] = [];
  for (let i = 0; i < messages.length; i++) {
    items.push(yield* readConversation(messages[i], [key, i], grow, slices));
    if (slices.spent(ITEM_UNITS)) yield;
  }
  return { items, place: (index) => `${key}.${index}` };
}

/**
 * One text or image.
 * @param place of it in the body.
 * @throws {FieldError}
 * @throws {ItemError}
 */
export function readItem(
  item: unknown,
  place: Place,
  { modality, grow }: Pick<ReadOptions, "modality" | "grow">,
): RequestItem {
  if (typeof item === "string") {
    if (item === "") throw new FieldError(place, "it is an empty string");
    const image = modality === undefined ? isImageDataUri(item) : modality === "image";
    return image ? imageAt(item, place, grow) : { text: item };
  }
  if (isObject(item)) {
    const part = readPart(item, place, grow);
    if (!("text" in part) || part.text !== "") return part;
    throw new FieldError([...place, "text"], "it is an empty string");
  }
  if (typeof item === "number" || (Array.isArray(item) && typeof item[0] === "number")) {
    throw tokenIds(place);
  }
  throw new FieldError(place, "expected a text, or an object with a text or an image");
}

/** Embedding them as CLIP's would give vectors of something else, without a word. */
function tokenIds(place: Place): FieldError {
  return new FieldError(
    place.slice(0, 1),
    "it holds token ids, which are of another tokenizer than this model's: send texts. In LangChain " +
      "that is OpenAIEmbeddings(check_embedding_ctx_length=False)",
  );
}
