/** Refusing texts that a model does not read to their end, for clients that ask for that. */
import { Slices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { Executor } from "../../service/executors.ts";

/** Units of work of a text that is counted, beside its characters. */
const TEXT_UNITS = 500;
/** Of a character. */
const CHARACTER_UNITS = 200;

/**
 * Makes sure that the executor's model reads each text whole, as a client wants that forbids to cut
 * texts (`truncate: false` in TEI, `truncate: "NONE"` in Cohere).
 * @param texts what is no text is undefined, so that places are the client's own.
 * @param place where a text of an index stands, for the error.
 * @throws {ClipError} "invalid" with the place of the first text that is too long; as
 * `TextTokenizer.count`.
 */
export async function requireWhole(
  texts: readonly (string | undefined)[],
  { tokenizer }: Pick<Executor, "tokenizer">,
  place: (index: number) => string,
  signal?: AbortSignal,
): Promise<void> {
  const { contextLength } = tokenizer;
  const slices = new Slices();
  for (const [index, text] of texts.entries()) {
    if (text === undefined) continue;
    if (await tokenizer.count(text, contextLength + 1, signal) > contextLength) {
      throw new ClipError(
        "invalid",
        `'${
          place(index)
        }' is longer than the model reads: it has more than ${contextLength} tokens, those ` +
          "that begin and end it included. Send a shorter text, or allow that it is cut",
      );
    }
    if (slices.spent(TEXT_UNITS + CHARACTER_UNITS * text.length)) {
      await slices.breathe();
      signal?.throwIfAborted();
    }
  }
}
