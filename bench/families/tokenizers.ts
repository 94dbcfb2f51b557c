/**
 * Tokenizers with as many tokens as the published ones: those of the small models of
 * tests/fixtures/families, with the words that are embedded here, and others that mean nothing.
 */
import { join } from "node:path";
import type { FileTokenizer } from "../../src/checkpoint/state_dict.ts";
import { gemmaLikeTokenizer } from "../gemma_like_tokenizer.ts";
import { captions } from "../inputs.ts";

const FIXTURES = new URL("../../tests/fixtures/families/", import.meta.url);
/** Log probability of words: above that of their letters. */
const WORD_SCORE = -9;
const FILLER_SCORE = -20;

/** Puts the file of a tokenizer with `size` tokens into `folder`; none for CLIP's own. */
export function writeTokenizer(folder: string, tokenizer: FileTokenizer, size: number): void {
  Deno.writeTextFileSync(join(folder, tokenizer.file), tokenizerText(tokenizer, size));
}

function tokenizerText({ format, clean, stripSep }: FileTokenizer, size: number): string {
  if (format === "wordpiece_uncased") return vocabulary("chinese-clip/hf/vocab.txt", size);
  if (format !== "tokenizer_json") throw new Error(`No tokenizer of format ${format} is made`);
  if (clean === "lower") return gemmaLikeTokenizer(size);
  return stripSep ? wordPiece("vit-clipa", size) : unigram("openclip-xlm-roberta", size);
}

function vocabulary(fixture: string, size: number): string {
  const tokens = new Set(read(fixture).trimEnd().split("\n"));
  for (const word of more(size)) if (tokens.size < size) tokens.add(word);
  return [...tokens].join("\n") + "\n";
}

function wordPiece(fixture: string, size: number): string {
  const json = JSON.parse(read(`${fixture}/tokenizer.json`));
  const vocab: Record<string, number> = json.model.vocab;
  let count = Object.keys(vocab).length;
  for (const word of more(size)) {
    if (count < size && !Object.hasOwn(vocab, word)) vocab[word] = count++;
  }
  return JSON.stringify(json);
}

function unigram(fixture: string, size: number): string {
  const json = JSON.parse(read(`${fixture}/tokenizer.json`));
  const vocab: [string, number][] = json.model.vocab;
  const known = new Set(vocab.map(([piece]) => piece));
  for (const word of more(size)) {
    const piece = `\u2581${word}`;
    if (vocab.length >= size || known.has(piece)) continue;
    vocab.push([piece, word.startsWith(FILLER) ? FILLER_SCORE : WORD_SCORE]);
  }
  return JSON.stringify(json);
}

const FILLER = "[unused";

/** Different ones: the words of the captions, then fillers. */
function* more(size: number): Generator<string> {
  yield* new Set(captions().flatMap(({ text }) => text.toLowerCase().match(/\p{L}+/gu) ?? []));
  for (let index = 0; index < size; index++) yield `${FILLER}${index}]`;
}

function read(file: string): string {
  return Deno.readTextFileSync(new URL(file, FIXTURES));
}
