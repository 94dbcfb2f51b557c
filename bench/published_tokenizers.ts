// deno-lint-ignore-file no-console
/**
 * Tokenizers out of published files: captions a second on one core on the first pass, how long a
 * vocabulary of Gemma's size takes to load and what it holds, and texts that are made to take long.
 *
 * Run: deno run -A --v8-flags=--expose-gc bench/published_tokenizers.ts
 */
import { gunzipSync } from "node:zlib";
import type { FileTokenizer } from "../src/checkpoint/state_dict.ts";
import { openTokenizer } from "../src/model/tokenizer/open_tokenizer.ts";
import { gemmaLikeTokenizer } from "./gemma_like_tokenizer.ts";

const CONTEXT = 64;
const FAMILIES = new URL("../tests/fixtures/families/", import.meta.url).pathname;

function open(
  path: string,
  format: FileTokenizer["format"],
  clean: FileTokenizer["clean"] = "none",
) {
  const [, folder, file] = /^(.*)\/([^/]+)$/.exec(path)!;
  const description = { kind: "file", file: file!, format, clean, stripSep: false } as const;
  const published = { description, folder: folder!, padId: 0 };
  return openTokenizer({ contextLength: CONTEXT, published });
}

function timed<T>(work: () => T): { value: T; ms: number } {
  const from = performance.now();
  const value = work();
  return { value, ms: performance.now() - from };
}

const memory = () => {
  const { heapUsed, external, rss } = Deno.memoryUsage();
  return { held: (heapUsed + external) / 2 ** 20, rss: rss / 2 ** 20 };
};

interface Line {
  category: string;
  text: string;
}

const lines: Line[] = new TextDecoder().decode(gunzipSync(
  Deno.readFileSync(new URL("../tests/fixtures/tokenizer/tokens.jsonl.gz", import.meta.url)),
)).trimEnd().split("\n").map((line) => JSON.parse(line));
const english = lines.filter(({ category }) => category === "caption_en").map(({ text }) => text);
const all = lines.map(({ text }) => text);

const folder = await Deno.makeTempDir();
const gemma = `${folder}/tokenizer.json`;
await Deno.writeTextFile(gemma, gemmaLikeTokenizer(256_000));

// deno-lint-ignore no-explicit-any
const collect = () => (globalThis as any).gc?.();
const out = new Int32Array(CONTEXT);
collect();
const before = memory();
const loaded = timed(() => open(gemma, "tokenizer_json"));
const atOnce = memory();
collect();
const after = memory();
console.log(
  `256,000 tokens of BPE (${(Deno.statSync(gemma).size / 1e6).toFixed(0)} MB of JSON): ` +
    `${loaded.ms.toFixed(0)} ms; holds ${(after.held - before.held).toFixed(0)} MiB, ` +
    `RSS + ${(atOnce.rss - before.rss).toFixed(0)} MiB`,
);

const TOKENIZERS = [
  ["Unigram, XLM-R", `${FAMILIES}metaclip2-worldwide/tokenizer.json`, "tokenizer_json"],
  [
    "Unigram, XLM-R, cleaned",
    `${FAMILIES}metaclip2-worldwide/tokenizer.json`,
    "tokenizer_json",
    "open_clip_whitespace",
  ],
  ["Unigram, SigLIP", `${FAMILIES}siglip/spiece.model`, "sentencepiece", "siglip"],
  ["BPE, SigLIP 2", `${FAMILIES}siglip2/tokenizer.json`, "tokenizer_json", "lower"],
  ["BPE, 256,000 tokens", gemma, "tokenizer_json", "lower"],
  [
    "WordPiece, CLIPA",
    `${FAMILIES}vit-clipa/tokenizer.json`,
    "tokenizer_json",
    "open_clip_whitespace",
  ],
  ["WordPiece, Chinese", `${FAMILIES}chinese-clip/hf/vocab.txt`, "wordpiece_uncased"],
] as const;

const MB: [string, string][] = [
  ["prose", "a photo of a cat, by the sea. ".repeat(33_000)],
  ["CJK", "漢字かな交じり文の写真".repeat(90_000)],
  ["one letter", "a".repeat(1e6)],
  ["marks", `a${"\u0301\u0323".repeat(5e5)}`],
  ["spaces", " ".repeat(1e6)],
  ["spaces+x", `${" ".repeat(6e4)}x`.repeat(16)],
  ["'<'", "<".repeat(1e6)],
  ["mojibake", "é ”â€œ—Ã© ".repeat(60_000)],
];

console.log(`\n${"texts a second, first pass".padEnd(26)} captions     mixed   1 MB of ... ms`);
for (const [name, path, format, clean] of TOKENIZERS) {
  const rate = (texts: string[]) => {
    const tokenizer = open(path, format, clean);
    const { ms } = timed(() => texts.forEach((text) => tokenizer.encodeInto(text, out)));
    return Math.round(texts.length / ms * 1e3).toLocaleString("en-US").padStart(10);
  };
  const rates = [rate(english), rate(all)];
  const tokenizer = open(path, format, clean);
  const slow = MB.map(([what, text]) =>
    `${what} ${timed(() => tokenizer.encodeInto(text, out)).ms.toFixed(1)}`
  );
  console.log(name.padEnd(24), ...rates, " ", slow.join(", "));
}
await Deno.remove(folder, { recursive: true });
