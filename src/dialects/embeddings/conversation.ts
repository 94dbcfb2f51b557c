/** vLLM's chat messages: a conversation is one text or one image. */
import type { Sliced, Slices } from "../../encoding/slices.ts";
import type { RequestItem } from "../../service/item.ts";
import { FieldError } from "../reading/typed_body.ts";
import { type Grow, isObject, type Place, readPart } from "./part.ts";

/** Units of work of a part. */
const PART_UNITS = 300;

/** Whether a list's first element says that it is one of messages. */
export function beginsConversation(list: readonly unknown[]): boolean {
  return isObject(list[0]) && Object.hasOwn(list[0], "content");
}

/**
 * Reads a conversation. Texts of a message are joined by line breaks, those of several messages by
 * nothing, which is what vLLM's template for CLIP makes of them; an empty text is none.
 * @throws {FieldError}
 */
export function* readConversation(
  messages: unknown,
  place: Place,
  grow: Grow,
  slices: Slices,
): Sliced<RequestItem> {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new FieldError(place, "expected a list of messages");
  }
  const found = new Found(place);
  for (const [index, message] of messages.entries()) {
    yield* readMessage(message, [...place, index], found, grow, slices);
    found.messageEnds();
  }
  return found.item();
}

/** What a conversation was found to hold. */
class Found {
  readonly #place: Place;
  /** Texts, and what stands between them. */
  readonly #texts: string[] = [];
  #image: RequestItem | undefined;
  #inMessage = false;
  #hasText = false;

  constructor(place: Place) {
    this.#place = place;
  }

  add(item: RequestItem): void {
    if ("text" in item) {
      if (this.#inMessage) this.#texts.push("\n");
      this.#texts.push(item.text);
      this.#inMessage = true;
      this.#hasText ||= item.text !== "";
    } else if (this.#image === undefined) this.#image = item;
    else throw this.#fault("it holds more than one image: CLIP embeds one at a time");
  }

  messageEnds(): void {
    this.#inMessage = false;
  }

  /** @throws {FieldError} */
  item(): RequestItem {
    if (this.#image === undefined) {
      if (this.#hasText) return { text: this.#texts.join("") };
      throw this.#fault("it holds neither a text nor an image");
    }
    if (!this.#hasText) return this.#image;
    throw this.#fault(
      "it holds a text and an image: CLIP embeds one or the other, so send two conversations",
    );
  }

  #fault(reason: string): FieldError {
    return new FieldError(this.#place, reason);
  }
}

function* readMessage(
  message: unknown,
  place: Place,
  found: Found,
  grow: Grow,
  slices: Slices,
): Sliced<void> {
  if (!isObject(message)) throw new FieldError(place, "expected a message with a content");
  const { content } = message;
  const inside = [...place, "content"];
  if (typeof content === "string") return found.add({ text: content });
  if (!Array.isArray(content)) {
    throw new FieldError(inside, "expected a string or a list of parts");
  }
  for (const [index, part] of content.entries()) {
    const item = readContentPart(part, [...inside, index], grow);
    found.add(item);
    if (slices.spent(PART_UNITS + ("bytes" in item ? 3 * item.bytes.length : 0))) yield;
  }
}

function readContentPart(part: unknown, place: Place, grow: Grow): RequestItem {
  if (typeof part === "string") return { text: part };
  if (isObject(part)) return readPart(part, place, grow);
  throw new FieldError(place, "expected {text} or {image_url}");
}
