/** The normalisers of a `tokenizer.json`: text to text. */
import { normalize } from "../normalize.ts";
import { cleanForBert, lowered } from "./bert_text.ts";
import { Charsmap } from "./charsmap.ts";
import { type Component, ComponentError } from "./component.ts";
import { startOfTrailingSpace, WHITE_SPACE } from "./white_space.ts";

/** One step. */
export type Normalizer = (text: string) => string;

const LEADING = new RegExp(`^[${WHITE_SPACE}]+`);
/**
 * Patterns that mean the same in Oniguruma and in JavaScript: a character, white space, or some marks
 * of ASCII, and how often.
 */
const PLAIN_PATTERN =
  /^([\w \u2581]|\\s|\[(\\[!-/:-@[-`{-~]|[\w !"#%',/:;<=>@_`])+\])(\{\d+(,\d*)?\}|\+)?$/;

/** Makes one. @throws {ComponentError} it is not read. */
export function normalizer(part: Component): Normalizer {
  const made = make(part);
  part.finish();
  return made;
}

function make(part: Component): Normalizer {
  switch (part.type) {
    case "Sequence": {
      const steps = part.parts("normalizers").map(normalizer);
      return (text) => steps.reduce((before, step) => step(before), text);
    }
    case "Precompiled": {
      const map = Charsmap.fromBase64(part.text("precompiled_charsmap"));
      return (text) => map.byGroups(text);
    }
    case "BertNormalizer": {
      const lowercase = part.flag("lowercase");
      const cleaning = {
        cleanText: part.flag("clean_text"),
        handleChineseCharacters: part.flag("handle_chinese_chars"),
        stripAccents: part.flag("strip_accents", lowercase),
        lowercase,
      };
      return (text) => cleanForBert(text, cleaning);
    }
    case "Replace": {
      const content = part.text("content");
      const pattern = replaced(part);
      return (text) => text.replaceAll(pattern, () => content);
    }
    case "Prepend": {
      const prefix = part.text("prepend");
      return (text) => text === "" ? text : prefix + text;
    }
    case "Strip": {
      const [left, right] = [part.flag("strip_left"), part.flag("strip_right")];
      return (text) => {
        const stripped = left ? text.replace(LEADING, "") : text;
        return right ? stripped.slice(0, startOfTrailingSpace(stripped)) : stripped;
      };
    }
    case "Lowercase":
      return lowered;
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD": {
      const form = part.type;
      return (text) => normalize(text, form);
    }
    default:
      throw part.unread();
  }
}

/** What `Replace` looks for. */
function replaced(part: Component): string | RegExp {
  const pattern = part.part("pattern");
  const text = pattern.field("String");
  const expression = pattern.field("Regex");
  pattern.finish();
  if (typeof text === "string" && text !== "") return text;
  if (typeof expression === "string" && PLAIN_PATTERN.test(expression)) {
    return new RegExp(expression.replace("\\s", `[${WHITE_SPACE}]`), "g");
  }
  throw new ComponentError(pattern.where, `(${JSON.stringify(expression ?? text)}) is not read`);
}
