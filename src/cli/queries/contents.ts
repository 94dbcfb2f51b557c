/** What the words of a query stand for. */
import type { ClipDocument } from "../../../client/mod.ts";
import { readUri } from "../../../client/content/read_uri.ts";
import { namesImage } from "../../../client/content/string_kind.ts";
import type { EmbedItem } from "../../bulk/embedder.ts";
import { DEFAULT_MAX_IMAGE_BYTES } from "../../bulk/inputs/bounds.ts";
import { Places } from "../../bulk/inputs/places/places.ts";
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import { isObjectAddress } from "../../storage/object_address.ts";

/** A word and what is embedded for it. */
export interface QueryContent {
  /** As it was given. */
  word: string;
  item: EmbedItem;
}

/** Files that are read at a time. */
const AT_ONCE = 8;

/**
 * Texts, and the images that words name, in their order.
 * @param plain whether all are texts.
 * @throws {ClipError} "config" for an image that cannot be read, and an empty text.
 */
export async function readContents(
  words: readonly string[],
  plain: boolean,
): Promise<QueryContent[]> {
  const contents: QueryContent[] = [];
  const places = new Places();
  for (let at = 0; at < words.length; at += AT_ONCE) {
    const some = words.slice(at, at + AT_ONCE);
    contents.push(...await Promise.all(some.map((word) => readContent(word, plain, places))));
  }
  return contents;
}

async function readContent(word: string, plain: boolean, places: Places): Promise<QueryContent> {
  if (word.trim() === "") {
    throw new ClipError("config", "A text is empty: there is nothing to embed");
  }
  if (!plain && isObjectAddress(word)) {
    return { word, item: { image: await readObject(word, places) } };
  }
  if (plain || !namesImage(word)) return { word, item: { text: word } };
  try {
    const image = await readUri(word, new AbortController().signal);
    return { word, item: { image } };
  } catch (thrown) {
    // The library's way out is a function; here it is an option.
    const [told] = ClipError.wrap(thrown).message.split(". Where it is meant as a text");
    const { cause } = thrown as Error;
    const isFile = typeof (cause as { code?: unknown } | undefined)?.code === "string";
    const reason = isFile ? `Cannot read the image '${word}': ${fileTrouble(cause)}` : told;
    throw new ClipError("config", `${reason}; if it is meant as a text: --plain`);
  }
}

async function readObject(address: string, places: Places): Promise<Uint8Array> {
  const { signal } = new AbortController();
  try {
    return await places.of(address).readImage(address, DEFAULT_MAX_IMAGE_BYTES, signal);
  } catch (thrown) {
    throw new ClipError(
      "config",
      `${ClipError.wrap(thrown).message}; if it is meant as a text: --plain`,
    );
  }
}

/** The content as a document. */
export function documentOf({ item }: QueryContent): ClipDocument {
  return "text" in item ? { text: item.text } : { blob: item.image };
}
