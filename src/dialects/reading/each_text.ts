/** Questions about the texts of a request, one after the other. */
import { Slices } from "../../encoding/slices.ts";

/** Units of work of a text whose tokens are looked at, beside its characters. */
const TEXT_UNITS = 500;
/** Of a character. */
const CHARACTER_UNITS = 400;

/**
 * Asks about each text; between two of them others pass where it is time.
 * @param texts what is no text is undefined, so that places are the client's own.
 * @throws what `ask` throws, or the signal's reason.
 */
export async function eachText(
  texts: Iterable<string | undefined>,
  ask: (text: string, index: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const slices = new Slices();
  let index = -1;
  for (const text of texts) {
    index++;
    if (text === undefined) continue;
    await ask(text, index);
    if (slices.spent(TEXT_UNITS + CHARACTER_UNITS * text.length)) await slices.breathe();
    signal?.throwIfAborted();
  }
}
