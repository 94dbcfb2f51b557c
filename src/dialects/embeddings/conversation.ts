/** vLLM's chat messages: a conversation is one text or one image. */
import type { RequestItem } from "../../service/item.ts";
import { FieldError } from "../reading/typed_body.ts";
import { type Grow, isObject, type Place, readPart } from "./part.ts";

/** Whether a list's first element says that it is one of messages. */
export function beginsConversation(list: readonly unknown[]): boolean {
  return isObject(list[0]) && Object.hasOwn(list[0], "content");
}

/**
 * Reads a conversation. Texts of a message are joined by line breaks, those of several messages by
 * nothing, which is what vLLM's template for CLIP makes of them; an empty text is none.
 * @throws {FieldError}
 */
export function readConversation(
  messages: unknown,
  place: Place,
  grow: Grow,
): RequestItem {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new FieldError(place, "expected a list of messages");
  }
  let text = "";
  let image: RequestItem | undefined;
  for (const [index, message] of messages.entries()) {
    const texts: string[] = [];
    for (const item of readMessage(message, [...place, index], grow)) {
      if ("text" in item) texts.push(item.text);
      else if (image === undefined) image = item;
      else throw new FieldError(place, "it holds more than one image: CLIP embeds one at a time");
    }
    text += texts.join("\n");
  }
  if (image === undefined) {
    if (text === "") throw new FieldError(place, "it holds neither a text nor an image");
    return { text };
  }
  if (text === "") return image;
  throw new FieldError(
    place,
    "it holds a text and an image: CLIP embeds one or the other, so send two conversations",
  );
}

function readMessage(message: unknown, place: Place, grow: Grow): RequestItem[] {
  if (!isObject(message)) throw new FieldError(place, "expected a message with a content");
  const { content } = message;
  const inside = [...place, "content"];
  if (typeof content === "string") return [{ text: content }];
  if (!Array.isArray(content)) {
    throw new FieldError(inside, "expected a string or a list of parts");
  }
  return content.map((part, index) => {
    if (typeof part === "string") return { text: part };
    if (isObject(part)) return readPart(part, [...inside, index], grow);
    throw new FieldError([...inside, index], "expected {text} or {image_url}");
  });
}
