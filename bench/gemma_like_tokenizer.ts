/** A tokenizer.json of the size and the kind of Gemma's, with tokens that mean nothing. */
import { seededRandom } from "../tests/support/seeded_random.ts";

/** Ranges of characters that have tokens of their own. */
const RANGES = [[0x21, 0x7e], [0xa1, 0x24f], [0x370, 0x5ff], [0x620, 0x6ff], [0x900, 0x97f], [
  0x3041,
  0x30ff,
], [0x4e00, 0x8fff]] as const;
const MARK = "\u2581";
const LONGEST = 16;

/** @param size of the vocabulary. Each token is merged of two others in up to two ways. */
export function gemmaLikeTokenizer(size: number): string {
  const { below } = seededRandom(7);
  const specials = ["<pad>", "<eos>", "<bos>", "<unk>"];
  const vocab: Record<string, number> = {};
  const tokens: string[] = [];
  const add = (token: string) => {
    vocab[token] = specials.length + tokens.length;
    tokens.push(token);
  };
  specials.forEach((token, id) => vocab[token] = id);
  for (let byte = 0; byte < 256; byte++) {
    add(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
  }
  const firstCharacter = tokens.length;
  add(MARK);
  for (const [first, last] of RANGES) {
    for (let code = first; code <= last; code++) add(String.fromCharCode(code));
  }
  const merges: [string, string][] = [];
  while (tokens.length + specials.length < size) {
    // Early tokens are used more often, as in languages.
    const pick = () => {
      const reach = firstCharacter + below(tokens.length - firstCharacter);
      return tokens[firstCharacter + below(reach - firstCharacter + 1)]!;
    };
    const [left, right] = [pick(), pick()];
    const token = left + right;
    if (token.length > LONGEST || right.startsWith(MARK) || Object.hasOwn(vocab, token)) continue;
    add(token);
    merges.push([left, right]);
    for (let at = 1; at < token.length; at++) {
      const [a, b] = [token.slice(0, at), token.slice(at)];
      if (a === left || !Object.hasOwn(vocab, a) || !Object.hasOwn(vocab, b)) continue;
      merges.push([a, b]);
    }
  }
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specials.map((content, id) => ({ id, content, ...special, special: true })),
    normalizer: { type: "Replace", pattern: { String: " " }, content: MARK },
    pre_tokenizer: {
      type: "Split",
      pattern: { String: " " },
      behavior: "MergedWithPrevious",
      invert: false,
    },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ Sequence: { id: "A", type_id: 0 } }, {
        SpecialToken: { id: "<eos>", type_id: 0 },
      }],
      pair: [],
      special_tokens: { "<eos>": { id: "<eos>", ids: [1], tokens: ["<eos>"] } },
    },
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: MARK }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: "<unk>",
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab,
      merges,
    },
  });
}
