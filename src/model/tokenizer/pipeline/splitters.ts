/** The pre-tokenisers of a `tokenizer.json`: what a text is cut into before its tokens are looked for. */
import { splitForBert } from "./bert_text.ts";
import { BYTE_CHARACTERS } from "./byte_characters.ts";
import { utf8 } from "./characters.ts";
import { type Component, ComponentError } from "./component.ts";
import { WHITE_SPACE } from "./white_space.ts";

/**
 * Takes a part.
 * @param from where it begins in the text that was split: every character of it stands for as many
 * UTF-16 units of that text.
 * @param put how many of its first characters were put there.
 * @param source where it spells bytes, one character each: the text that they are of.
 */
export type TakePart = (part: string, from: number, put?: number, source?: string) => void;

/** One step: gives each part of a text. @param first whether the text begins here. */
export type Splitter = (text: string, first: boolean, take: TakePart) => void;

const NO_SPACES = new RegExp(`[^${WHITE_SPACE}]+`, "g");

/** How GPT-2 cuts texts (openai/gpt-2, `encoder.py`). */
const GPT2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\p{L}\p{N}]+|[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+(?![^\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000])|[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;

/** Makes one. @throws {ComponentError} it is not read. */
export function splitter(part: Component): Splitter {
  const made = make(part);
  part.finish();
  return made;
}

function make(part: Component): Splitter {
  switch (part.type) {
    case "Sequence":
      return part.parts("pretokenizers").map(splitter).reduce(inSequence);
    case "WhitespaceSplit":
      return (text, _first, take) => {
        for (const { 0: word, index } of text.matchAll(NO_SPACES)) take(word, index);
      };
    case "BertPreTokenizer":
      return (text, _first, take) => splitForBert(text, take);
    case "Metaspace":
      return metaspace(part);
    case "Split":
      return splitAt(part);
    case "ByteLevel":
      return byteLevel(part);
    default:
      throw part.unread();
  }
}

/** Splits what another has split. */
function inSequence(outer: Splitter, inner: Splitter): Splitter {
  return (text, first, take) => {
    outer(text, first, (word, from, put = 0, outerSource) => {
      inner(word, first && from === 0, (part, at, innerPut = 0, source = outerSource) => {
        take(part, from + Math.max(0, at - put), innerPut + Math.max(0, put - at), source);
      });
    });
  };
}

function metaspace(part: Component): Splitter {
  const mark = part.text("replacement", "\u2581");
  part.field("str_rep");
  const scheme = part.text("prepend_scheme", "always");
  const split = part.flag("split", true);
  if (mark.length !== 1) throw new ComponentError(`${part.where}.replacement`, "is no character");
  if (!["always", "first", "never"].includes(scheme)) {
    throw new ComponentError(`${part.where}.prepend_scheme`, `(${scheme}) is not read`);
  }
  // What files said before there were schemes.
  if (!part.flag("add_prefix_space", true) && scheme !== "never") {
    throw new ComponentError(
      `${part.where}.add_prefix_space`,
      `is against prepend_scheme ${scheme}`,
    );
  }
  return (text, first, take) => {
    let marked = text.replaceAll(" ", mark);
    const prepends = scheme === "always" || (scheme === "first" && first);
    const shift = prepends && !marked.startsWith(mark) ? 1 : 0;
    if (shift > 0) marked = mark + marked;
    if (!split) return take(marked, 0, shift);
    // Each mark goes with what is behind it.
    for (let from = 0; from < marked.length;) {
      const next = marked.indexOf(mark, from + 1);
      const end = next < 0 ? marked.length : next;
      const own = from === 0 ? shift : 0;
      take(marked.slice(from, end), from + own - shift, own);
      from = end;
    }
  };
}

function splitAt(part: Component): Splitter {
  const pattern = part.part("pattern");
  const text = pattern.field("String");
  pattern.finish();
  const behaviour = part.text("behavior");
  const invert = part.flag("invert", false);
  if (typeof text !== "string" || text === "" || behaviour !== "MergedWithPrevious" || invert) {
    throw new ComponentError(part.where, "is only read of a text that goes with what is before it");
  }
  return (whole, _first, take) => {
    for (let from = 0; from < whole.length;) {
      const at = whole.indexOf(text, from);
      const end = at < 0 ? whole.length : at + text.length;
      take(whole.slice(from, end), from);
      from = end;
    }
  };
}

function byteLevel(part: Component): Splitter {
  const prefix = part.flag("add_prefix_space", true);
  const cuts = part.flag("use_regex", true);
  part.field("trim_offsets");
  return (text, _first, take) => {
    const shift = prefix && !text.startsWith(" ") ? 1 : 0;
    const whole = shift > 0 ? ` ${text}` : text;
    if (!cuts) return take(spellBytes(whole), 0, shift, whole);
    for (const { 0: word, index } of whole.matchAll(GPT2)) {
      const own = index === 0 ? shift : 0;
      take(spellBytes(word), index + own - shift, own, word);
    }
  };
}

function spellBytes(text: string): string {
  let out = "";
  for (const byte of utf8(text)) out += BYTE_CHARACTERS[byte]!;
  return out;
}
