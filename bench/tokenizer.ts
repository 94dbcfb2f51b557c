// deno-lint-ignore-file no-console
/**
 * Tokenizer: captions a second on one core, against the npm package `clip-bpe-js` in the same run
 * (which has no ftfy and is not exact), both giving 77 ids.
 *
 * Run: deno run -A bench/tokenizer.ts
 */

import { gunzipSync } from "node:zlib";

interface Line {
  category: string;
  text: string;
  ids: number[];
}

const CONTEXT = 77;
const SECONDS = 0.4;

async function timed<T>(work: () => T | Promise<T>): Promise<{ value: T; ms: number }> {
  const from = performance.now();
  const value = await work();
  return { value, ms: performance.now() - from };
}

type Encode = (text: string) => void;

interface Rates {
  /** The very first pass: nothing compiled, no word known. */
  first: number;
  /** No word known. */
  cold: number;
  /** Every word seen before. */
  warm: number;
}

/** Texts a second; `fresh` gives an encoder with an empty word cache. Medians over many passes. */
function rates(texts: string[], fresh: () => Encode): Rates {
  const pass = (encode: Encode) => {
    const from = performance.now();
    for (const text of texts) encode(text);
    return texts.length / (performance.now() - from) * 1e3;
  };
  const medianPass = (encoder: () => Encode) => {
    const all: number[] = [];
    const until = performance.now() + SECONDS * 1e3;
    while (performance.now() < until) all.push(pass(encoder()));
    return all.sort((x, y) => x - y)[all.length >> 1]!;
  };
  const encode = fresh();
  const first = pass(encode);
  const warm = medianPass(() => encode);
  return { first, warm, cold: medianPass(fresh) };
}

const whole = (value: number) => Math.round(value).toLocaleString("en-US").padStart(11);
const times = (ratio: number) => `${ratio.toFixed(1)}x`.padStart(8);

const url = new URL("../tests/fixtures/tokenizer/tokens.jsonl.gz", import.meta.url);
const lines: Line[] = new TextDecoder().decode(gunzipSync(Deno.readFileSync(url)))
  .trimEnd().split("\n").map((line) => JSON.parse(line));

interface Baseline {
  cache: Record<string, string>;
  encodeForCLIP(text: string): number[];
}

const rss = () => Deno.memoryUsage().rss / 2 ** 20;
const rssBefore = rss();
const ours = await timed(async () => {
  const { Tokenizer } = await import("../src/model/tokenizer/tokenizer.ts");
  return { Tokenizer, tokenizer: new Tokenizer() };
});
const rssOurs = rss();
const baseline = await timed(async () => {
  const { default: BpeTokenizer } = await import("clip-bpe-js");
  return new (BpeTokenizer as unknown as new () => Baseline)();
});
const rssBaseline = rss();

console.log(`Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores`);
console.log(`load          ${ours.ms.toFixed(0)} ms, ${(rssOurs - rssBefore).toFixed(0)} MiB`);
console.log(
  `  clip-bpe-js ${baseline.ms.toFixed(0)} ms, ${(rssBaseline - rssOurs).toFixed(0)} MiB`,
);

const out = new Int32Array(CONTEXT);
const encodeOurs: Encode = (text) => void ours.value.tokenizer.encodeInto(text, out);
const freshOurs = (): Encode => {
  const tokenizer = new ours.value.Tokenizer();
  return (text) => void tokenizer.encodeInto(text, out);
};
const specials = { ...baseline.value.cache };
const freshBaseline = (): Encode => {
  const tokenizer: Baseline = Object.assign(Object.create(baseline.value), {
    cache: { ...specials },
  });
  return (text) => void tokenizer.encodeForCLIP(text);
};
const english = lines.filter((line) => line.category === "caption_en");

console.log(
  "\ntexts a second      texts  characters  first pass  cold cache  warm cache  cold vs  warm vs",
);
const groups: [string, Line[]][] = [
  ["English captions", english],
  ["all, mixed", lines],
  ...["latin_diacritics", "cjk", "emoji", "html_entity", "mojibake", "long"].map((
    category,
  ): [string, Line[]] => [category, lines.filter((line) => line.category === category)]),
];
for (const [name, group] of groups) {
  const texts = group.map((line) => line.text);
  const mean = texts.join("").length / texts.length;
  const mine = rates(texts, freshOurs);
  const theirs = rates(texts, freshBaseline);
  console.log(
    name.padEnd(17),
    String(texts.length).padStart(7),
    mean.toFixed(0).padStart(11),
    whole(mine.first),
    whole(mine.cold),
    whole(mine.warm),
    times(mine.cold / theirs.cold),
    times(mine.warm / theirs.warm),
  );
}

let [equalOurs, equalBaseline] = [0, 0];
for (const { text, ids } of lines) {
  encodeOurs(text);
  if (ids.every((id, i) => id === out[i])) equalOurs++;
  const theirs = baseline.value.encodeForCLIP(text);
  if (ids.every((id, i) => id === theirs[i])) equalBaseline++;
}
console.log(
  `\nlines equal to openai/CLIP: ${equalOurs} of ${lines.length}; clip-bpe-js ${equalBaseline}`,
);

console.log("\nhostile texts");
const hostile: [string, string][] = [
  ["one word of 1 MB", "a".repeat(1e6)],
  ["1 MB of CJK in one word", "漢字かな".repeat(83_000)],
  ["200,000 layers of &amp;", `&${"amp;".repeat(200_000)}`],
  ["1 MB of mojibake", "é ”â€œ—Ã© ".repeat(60_000)],
];
for (const [name, text] of hostile) {
  const { ms } = await timed(() => encodeOurs(text));
  console.log(name.padEnd(26), `${ms.toFixed(0)} ms`);
}
