/** That what is not read is refused, and named. */
import assert from "node:assert/strict";
import { ClipError } from "../../../../src/errors.ts";
import { openTokenizer } from "../../../../src/model/tokenizer/open_tokenizer.ts";
import { parseTokenizerFile } from "../../../../src/model/tokenizer/pipeline/tokenizer_file.ts";
import { readTokenizerJson } from "../../../../src/model/tokenizer/pipeline/tokenizer_json.ts";
import { familyPath } from "../../../support/families.ts";

type Json = Record<string, unknown>;

/** A tokenizer.json with one change. */
function changed(change: (file: Json & { model: Json }) => void): Json {
  const file = JSON.parse(Deno.readTextFileSync(familyPath("siglip2/tokenizer.json")));
  change(file);
  return file;
}

const REFUSED: readonly (readonly [string, (file: Json & { model: Json }) => void])[] = [
  ["tokenizer.unheard_of", (file) => file["unheard_of"] = 1],
  ["tokenizer.normalizer", (file) => file["normalizer"] = { type: "Nmt" }],
  ["tokenizer.normalizer.pattern", (file) => {
    file["normalizer"] = { type: "Replace", pattern: { Regex: "(?i)a" }, content: "" };
  }],
  ["tokenizer.normalizer.locale", (file) => {
    file["normalizer"] = { type: "Lowercase", locale: "tr" };
  }],
  ["tokenizer.pre_tokenizer", (file) => file["pre_tokenizer"] = { type: "Digits" }],
  ["tokenizer.pre_tokenizer.add_prefix_space", (file) => {
    file["pre_tokenizer"] = { type: "Metaspace", replacement: "▁", add_prefix_space: false };
  }],
  ["tokenizer.post_processor", (file) => file["post_processor"] = { type: "Sequence" }],
  ["tokenizer.model", (file) => file.model["type"] = "WordLevel"],
  ["tokenizer.model.dropout", (file) => file.model["dropout"] = 0.1],
  ["tokenizer.model.unk_token", (file) => file.model["unk_token"] = "<nobody>"],
  ["tokenizer.model.merges[0]", (file) => file.model["merges"] = [["in", "visible"]]],
  ["tokenizer.model.merges[0]", (file) => file.model["merges"] = ["three of them"]],
  ["tokenizer.model.vocab", (file) => file.model["vocab"] = { a: 1e12 }],
  ["tokenizer.added_tokens[0].id", (file) => {
    file["added_tokens"] = [{ id: 1e9, content: "<far>", special: true }];
  }],
];

for (const [key, change] of REFUSED) {
  Deno.test(`tokenizer.json: '${key}' is named where it is not read`, () => {
    assert.throws(() => readTokenizerJson(changed(change)), (error: Error) => {
      assert.ok(error instanceof ClipError && error.kind === "model");
      assert.ok(error.message.includes(`'${key}'`), error.message);
      return true;
    });
  });
}

Deno.test("a text's ids that the model has no rows for are refused by their token", () => {
  const description = {
    kind: "file",
    file: "tokenizer.json",
    format: "tokenizer_json",
    clean: "none",
    stripSep: false,
  } as const;
  const published = { description, folder: familyPath("siglip2"), padId: 0 };
  const tokenizer = openTokenizer({ contextLength: 8, vocabSize: 300, published });
  assert.throws(
    () => tokenizer.encodeInto("a photo of the sea", new Int32Array(8)),
    /its token ".+" \(\d+\) is not in this model's vocabulary of 300/,
  );
  assert.throws(() => tokenizer.encodeInto("a", new Int32Array(7)), RangeError);
});

Deno.test("encodeInto() writes its row and nothing beside it", () => {
  const published = {
    description: {
      kind: "file",
      file: "spiece.model",
      format: "sentencepiece",
      clean: "siglip",
      stripSep: false,
    } as const,
    folder: familyPath("siglip"),
    padId: 1,
  };
  const tokenizer = openTokenizer({ contextLength: 8, published });
  for (const text of ["", "a", "one two three four five six seven eight nine", "</s>", "a </s>"]) {
    const out = new Int32Array(24).fill(-7);
    const length = tokenizer.encodeInto(text, out, 8);
    assert.ok(out.subarray(0, 8).every((id) => id === -7));
    assert.ok(out.subarray(16).every((id) => id === -7));
    assert.equal(out[8 + length - 1], 1);
    assert.ok(out.subarray(8 + length, 16).every((id) => id === 1));
  }
});

Deno.test("a tokenizer's file that is not there, or broken, is said to be so", () => {
  const published = (file: string) => ({
    description: {
      kind: "file",
      file,
      format: "xlm_roberta",
      clean: "none",
      stripSep: false,
    } as const,
    folder: familyPath("siglip"),
    padId: 1,
  });
  const open = (file: string) => () => openTokenizer({ published: published(file) });
  assert.throws(
    open("nothing.model"),
    /Cannot read the tokenizer 'nothing.model': there is no such/,
  );
  assert.throws(open("config.json"), /Cannot read the tokenizer 'config.json'/);
  const vocabulary = new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n");
  assert.throws(
    () => parseTokenizerFile(vocabulary, "wordpiece_cased", "none", "vocab.txt"),
    /Cannot read the tokenizer 'vocab.txt': it has no \[SEP\]/,
  );
});

Deno.test("long and hostile texts take a bounded time", () => {
  for (
    const [folder, file, format] of [
      ["metaclip2-worldwide", "tokenizer.json", "tokenizer_json"],
      ["siglip", "spiece.model", "sentencepiece"],
      ["siglip2", "tokenizer.json", "tokenizer_json"],
      ["chinese-clip/hf", "vocab.txt", "wordpiece_uncased"],
    ] as const
  ) {
    const description = { kind: "file", file, format, clean: "none", stripSep: false } as const;
    const published = { description, folder: familyPath(folder), padId: 0 };
    const tokenizer = openTokenizer({ contextLength: 64, published });
    const ids = new Int32Array(64);
    const began = performance.now();
    for (const piece of ["a", "漢", "\u0301", " ", "▁", "<", "\u0345\u0323", "a ", "\u{1f600}"]) {
      tokenizer.encodeInto(piece.repeat(1e6 / piece.length), ids);
      tokenizer.encodeInto(`a${piece.repeat(1e5)}b`, ids);
    }
    // Some twenty milliseconds each; linear but for what others take from the machine.
    assert.ok(performance.now() - began < 60_000);
  }
});
