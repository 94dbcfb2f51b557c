/** What is to be embedded, out of what text-embeddings-inference's clients send. */
import { Slices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { TextTokenizer } from "../../model/tokenizer/text_tokenizer.ts";
import { requireWhole } from "../reading/whole_texts.ts";
import { EmptyError } from "./refuse.ts";
import { type Inputs, MAX_IDS, type Treatment } from "./schemas.ts";

/** Units of work of a character that is tokenized. */
const CHARACTER_UNITS = 400;
/** Of an id that becomes a text again. */
const ID_UNITS = 2000;

/**
 * Holds a list against the bounds before it is looked at more closely.
 * @param value what came: a list of texts or ids; anything else passes.
 * @returns how many ids it holds.
 * @throws {ClipError} "invalid"; as `EmptyError` for an empty list.
 */
export function requireBatch(value: unknown, key: string, maxBatch: number): number {
  if (!Array.isArray(value)) return 0;
  if (value.length === 0) throw new EmptyError(key);
  const isIds = typeof value[0] === "number";
  if (!isIds && value.length > maxBatch) {
    throw new ClipError(
      "invalid",
      `batch size ${value.length} > maximum allowed batch size ${maxBatch} ('max_client_batch_size')`,
    );
  }
  let ids = isIds ? value.length : 0;
  for (const item of isIds ? [] : value) if (Array.isArray(item)) ids += item.length;
  if (ids > MAX_IDS) {
    throw new ClipError("invalid", `\`${key}\` holds ${ids} ids: ${MAX_IDS} are allowed`);
  }
  return ids;
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The texts that are meant.
 * @throws {ClipError} "invalid"; as `EmptyError` if one is empty.
 */
export async function readInputs(inputs: Inputs, tokenizer: TextTokenizer): Promise<string[]> {
  const texts: string[] = [];
  const slices = new Slices();
  for (const input of listOf(inputs)) {
    if (typeof input === "string") {
      texts.push(input);
      continue;
    }
    texts.push(await textOfIds(input, tokenizer));
    if (slices.spent(ID_UNITS * input.length)) await slices.breathe();
  }
  requireSome(texts, "inputs");
  return texts;
}

/** @throws {EmptyError} if there is no text, or one without a character. */
export function requireSome(texts: readonly string[], key: string): void {
  if (texts.length === 0 || texts.includes("")) throw new EmptyError(key);
}

/** @throws {ClipError} "invalid" for the name of a prompt. */
export function requireNoPrompt(prompt: string | null | undefined): void {
  if (prompt !== null && prompt !== undefined) {
    throw new ClipError(
      "invalid",
      `\`prompt_name\` is '${
        prompt.slice(0, 100)
      }', but the model has no prompts: leave it out, and ` +
        "put what shall stand before the text into it",
    );
  }
}

/**
 * The texts as they are embedded.
 * @throws {ClipError} "invalid" for a prompt, and for a text that is too long and may not be cut.
 */
export async function treat(
  texts: readonly string[],
  { truncate, truncation_direction: direction, prompt_name: prompt }: Treatment,
  tokenizer: TextTokenizer,
  { place, signal }: { place: (index: number) => string; signal: AbortSignal },
): Promise<readonly string[]> {
  requireNoPrompt(prompt);
  if (truncate === false) {
    await requireWhole(texts, { tokenizer }, place, signal);
    return texts;
  }
  if (direction?.toLowerCase() !== "left") return texts;
  const last: string[] = [];
  const slices = new Slices();
  for (const text of texts) {
    last.push(await tokenizer.keepLast(text, signal));
    if (slices.spent(CHARACTER_UNITS * text.length)) await slices.breathe();
    signal.throwIfAborted();
  }
  return last;
}

function listOf(inputs: Inputs): (string | number[])[] {
  if (typeof inputs === "string") return [inputs];
  return isIds(inputs) ? [inputs] : inputs;
}

function isIds(inputs: (string | number[])[] | number[]): inputs is number[] {
  return typeof inputs[0] === "number";
}

/**
 * The text of ids. Ids mean something else to each tokenizer, and most of any model's are some of
 * CLIP's: so they must begin and end as `/tokenize` gives them, which no other's do.
 */
async function textOfIds(ids: readonly number[], tokenizer: TextTokenizer): Promise<string> {
  if (ids.length === 0) return "";
  const first = tokenizer.vocabSize - 2;
  const last = tokenizer.vocabSize - 1;
  if (ids.length < 2 || ids[0] !== first || ids.at(-1) !== last) {
    throw new ClipError(
      "invalid",
      `Cannot embed these ids: those of this model's texts begin with ${first} and end with ${last}, ` +
        "as '/tokenize' gives them. Ids of another tokenizer would embed as nonsense: send texts",
    );
  }
  const inner = ids.slice(1, -1);
  const text = tokenizer.decode(inner, { skipSpecialTokens: false });
  const found = await tokenizer.tokenize(text, { addSpecialTokens: false });
  if (found.ids.length === inner.length && found.ids.every((id, i) => id === inner[i])) {
    // A text without tokens is no text, but a space is one.
    return text === "" ? " " : text;
  }
  throw new ClipError("invalid", "Cannot embed these ids: no text has just these. Send the text");
}
