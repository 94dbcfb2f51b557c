/** The pre-tokenisers of a `tokenizer.json`: what a text is cut into before its tokens are looked for. */
import { splitForBert } from "./bert_text.ts";
import { type Component, ComponentError } from "./component.ts";
import { WHITE_SPACE } from "./white_space.ts";

/** One step: gives each part of a text. @param first whether the text begins here. */
export type Splitter = (text: string, first: boolean, take: (part: string) => void) => void;

const SPACES = new RegExp(`[${WHITE_SPACE}]+`);

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
      return part.parts("pretokenizers").map(splitter).reduceRight<Splitter>(
        (rest, step) => (text, first, take) => {
          let at = first;
          step(text, first, (each) => {
            rest(each, at, take);
            at = false;
          });
        },
        (text, _first, take) => take(text),
      );
    case "WhitespaceSplit":
      return (text, _first, take) => {
        for (const each of text.split(SPACES)) if (each !== "") take(each);
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

function metaspace(part: Component): Splitter {
  const mark = part.text("replacement", "\u2581");
  part.field("str_rep");
  const old = part.flag("add_prefix_space", true);
  const scheme = part.text("prepend_scheme", old ? "always" : "never");
  const split = part.flag("split", true);
  if (!["always", "first", "never"].includes(scheme)) {
    throw new ComponentError(`${part.where}.prepend_scheme`, `(${scheme}) is not read`);
  }
  return (text, first, take) => {
    let marked = text.replaceAll(" ", mark);
    const prepends = scheme === "always" || (scheme === "first" && first);
    if (prepends && !marked.startsWith(mark)) marked = mark + marked;
    if (!split) return take(marked);
    // Each mark goes with what is behind it.
    for (let from = 0; from < marked.length;) {
      const next = marked.indexOf(mark, from + 1);
      const end = next < 0 ? marked.length : next;
      take(marked.slice(from, end));
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
      take(whole.slice(from, end));
      from = end;
    }
  };
}

function byteLevel(part: Component): Splitter {
  const prefix = part.flag("add_prefix_space", true);
  const cuts = part.flag("use_regex", true);
  part.field("trim_offsets");
  return (text, _first, take) => {
    const whole = prefix && !/^\s/.test(text) ? ` ${text}` : text;
    for (const each of cuts ? whole.match(GPT2) ?? [] : [whole]) take(spellBytes(each));
  };
}

const ENCODER = new TextEncoder();
/** The character that stands for each byte: printable ones for themselves (openai/gpt-2). */
const BYTE_CHARACTERS = Array.from({ length: 256 }, (_, byte) => byte);
{
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  for (let byte = 0; byte < 256; byte++) if (!printable(byte)) BYTE_CHARACTERS[byte] = next++;
}

function spellBytes(text: string): string {
  let out = "";
  for (const byte of ENCODER.encode(text)) out += String.fromCharCode(BYTE_CHARACTERS[byte]!);
  return out;
}
