/** What becomes of texts that are longer than the model reads, as the client wants it. */
import { Slices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { Executor } from "../../service/executors.ts";
import type { RequestItem } from "../../service/item.ts";
import { FieldError, ItemError } from "../reading/typed_body.ts";
import { requireWhole } from "../reading/whole_texts.ts";
import type { EmbedBody, ToEmbed } from "./embed_request.ts";

/** Units of work of a text, beside its characters, and of a character. */
const TEXT_UNITS = 500;
const CHARACTER_UNITS = 200;

/**
 * The items with their texts cut at the beginning where `truncate` is `START`; its `NONE` refuses
 * what is too long, and at the end they are cut in any case.
 *
 * `max_tokens` below what the model reads is only a bound: texts of more are refused, not cut.
 * @throws {ClipError} "invalid" with the place of the first text that is too long.
 */
export async function truncated(
  { items, place }: ToEmbed,
  { truncate, max_tokens: most }: Pick<EmbedBody, "truncate" | "max_tokens">,
  executor: Executor,
  signal: AbortSignal,
): Promise<readonly RequestItem[]> {
  const { tokenizer } = executor;
  const texts = items.map((item) => "text" in item ? item.text : undefined);
  if (truncate === "NONE") await requireWhole(texts, executor, place, signal);
  const bound = most ?? Infinity;
  const bounded = bound < tokenizer.contextLength;
  if (!bounded && truncate !== "START") return items;
  const kept = [...items];
  const slices = new Slices();
  for (const [index, text] of texts.entries()) {
    if (text === undefined) continue;
    if (bounded && await tokenizer.count(text, bound + 1) > bound) {
      throw new FieldError(
        ["max_tokens"],
        `'${
          place(index)
        }' has more than ${bound} tokens, those that begin and end it included, and ` +
          "texts are not cut to that: send a shorter one, or leave 'max_tokens' out",
      );
    }
    if (truncate === "START") kept[index] = { text: await end(text, place(index)) };
    if (slices.spent(TEXT_UNITS + CHARACTER_UNITS * text.length)) {
      await slices.breathe();
      signal.throwIfAborted();
    }
  }
  return kept;

  async function end(text: string, at: string): Promise<string> {
    try {
      return await tokenizer.keepLast(text);
    } catch (thrown) {
      throw thrown instanceof ClipError ? new ItemError(at, thrown) : thrown;
    }
  }
}
