/** From tokens back to a text (huggingface/tokenizers 0.22, `decoders/`). */
import { ClipError } from "../../../errors.ts";
import { CHARACTER_BYTES } from "./byte_characters.ts";
import { utf8 } from "./characters.ts";
import type { Component } from "./component.ts";

/** The text that tokens stand for, as they are spelled. */
export type Decoder = (tokens: readonly string[]) => string;

type Step = (tokens: readonly string[]) => readonly string[];

const BYTES = new TextDecoder("utf-8", { ignoreBOM: true });

/** The decoder of a `tokenizer.json`. One that is not read fails when it is used: ids need none. */
export function decoder(part: Component | undefined): Decoder {
  if (part === undefined) return (tokens) => tokens.join(" ");
  let step: Step;
  try {
    step = readStep(part);
  } catch (thrown) {
    const { message } = ClipError.wrap(thrown, "model");
    return () => {
      throw new ClipError("invalid", `Cannot tell texts from tokens with this model: ${message}`);
    };
  }
  return (tokens) => step(tokens).join("");
}

function readStep(part: Component): Step {
  const step = make(part);
  part.finish();
  return step;
}

function make(part: Component): Step {
  switch (part.type) {
    case "Sequence": {
      const steps = part.parts("decoders").map(readStep);
      return (tokens) => steps.reduce((before, step) => step(before), tokens);
    }
    case "WordPiece":
      return wordPieceStep(part.text("prefix"), part.flag("cleanup"));
    case "Metaspace": {
      const mark = part.text("replacement", "\u2581");
      for (const key of ["str_rep", "split"]) part.field(key);
      const scheme = part.text("prepend_scheme", "always");
      const prefix = part.flag("add_prefix_space", true) && scheme !== "never";
      return metaspaceStep(mark, prefix);
    }
    case "ByteLevel":
      for (const key of ["add_prefix_space", "trim_offsets", "use_regex"]) part.field(key);
      return (tokens) => [BYTES.decode(Uint8Array.from(tokens.flatMap(spelledBytes)))];
    case "ByteFallback":
      return byteFallbackStep;
    case "Fuse":
      return (tokens) => [tokens.join("")];
    case "Strip":
      return stripStep(part.text("content"), part.count("start"), part.count("stop"));
    case "Replace": {
      const pattern = part.part("pattern");
      const text = pattern.text("String");
      pattern.finish();
      const content = part.text("content");
      return (tokens) => tokens.map((token) => token.replaceAll(text, () => content));
    }
    default:
      throw part.unread();
  }
}

/** Words with their continuations, parted by spaces; cleaned up around punctuation. */
export function wordPieceStep(prefix: string, cleanup: boolean): Step {
  return (tokens) =>
    tokens.map((token, i) => {
      let text = token;
      if (i > 0) text = token.startsWith(prefix) ? token.replace(prefix, "") : ` ${token}`;
      return cleanup ? cleanedUp(text) : text;
    });
}

function cleanedUp(text: string): string {
  for (const [from, to] of CLEANUPS) text = text.replaceAll(from, to);
  return text;
}

/** `cleanup` of `decoders/wordpiece.rs`, in its order. */
const CLEANUPS = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" do not", " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
] as const;

/** Marks become spaces; those that the first token begins with go. */
export function metaspaceStep(mark: string, prefix: boolean): Step {
  return (tokens) =>
    tokens.map((token, i) => token.replaceAll(mark, () => i === 0 && prefix ? "" : " "));
}

function spelledBytes(token: string): number[] {
  const bytes = Array.from(token, (character) => CHARACTER_BYTES.get(character));
  return bytes.includes(undefined) ? [...utf8(token)] : bytes as number[];
}

/** `<0xE4>` and the like become what they are, U+FFFD for each where that is no UTF-8. */
export const byteFallbackStep: Step = (tokens) => {
  const out: string[] = [];
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length === 0) return;
    try {
      out.push(STRICT.decode(Uint8Array.from(bytes)));
    } catch {
      for (const _ of bytes) out.push("\ufffd");
    }
    bytes = [];
  };
  for (const token of tokens) {
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
    if (byte !== undefined) bytes.push(parseInt(byte, 16));
    else {
      flush();
      out.push(token);
    }
  }
  flush();
  return out;
};

const STRICT = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Takes some characters off the ends of each token. */
function stripStep(content: string, start: number, stop: number): Step {
  return (tokens) =>
    tokens.map((token) => {
      const characters = [...token];
      let [from, to] = [0, characters.length];
      while (from < start && from < to && characters[from] === content) from++;
      for (let n = 0; n < stop && to > from && characters[to - 1] === content; n++) to--;
      return characters.slice(from, to).join("");
    });
}
