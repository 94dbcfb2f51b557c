/** That texts become the ids of each family's own library, as its checkpoint describes them. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { openCheckpoint } from "../../../../src/checkpoint/open.ts";
import {
  openTokenizer,
  type TokenizerSetup,
} from "../../../../src/model/tokenizer/open_tokenizer.ts";
import { readNpy } from "../../../graph/reference.ts";
import { familyPath } from "../../../support/families.ts";

/** Folder of the checkpoint, of the reference, and the name of its ids. */
const CASES: readonly (readonly [string, string, string])[] = [
  ["chinese-clip/hf", "chinese-clip", "hf_input_ids"],
  ["chinese-clip/hf", "chinese-clip", "input_ids"],
  ...[
    "coca",
    "eva02-clip",
    "metaclip2-worldwide",
    "openclip-xlm-roberta",
    "siglip",
    "siglip-openclip",
    "siglip2",
    "siglip2-openclip",
    "vit-248-positions",
    "vit-clipa",
    "mclip-labse",
    "mclip-xlm-roberta",
  ].map((family) => [family, family, "input_ids"] as const),
];

for (const [folder, family, name] of CASES) {
  Deno.test(`${folder}: ids are those of ${family}/reference/${name}`, () => {
    const setup = setupOf(familyPath(folder));
    const tokenizer = openTokenizer(setup);
    const { texts } = JSON.parse(
      Deno.readTextFileSync(familyPath(`${family}/reference/reference.json`)),
    );
    const wanted = readIds(familyPath(`${family}/reference/${name}.npy`), texts.length);
    const padId = setup.published?.padId ?? 0;
    for (const [row, text] of texts.entries()) {
      const ids = new Int32Array(tokenizer.contextLength);
      const length = tokenizer.encodeInto(text, ids);
      const rowLength = wanted.length / texts.length;
      const want = [...wanted.subarray(row * rowLength, (row + 1) * rowLength)];
      // Some references are padded to the longest text only.
      const whole = [...ids];
      assert.deepEqual(whole.slice(0, want.length), want, JSON.stringify(text));
      assert.ok(whole.slice(want.length).every((id) => id === padId));
      assert.ok(whole.slice(length).every((id) => id === padId));
    }
  });
}

/** The tokenizer that a checkpoint names. */
function setupOf(path: string): TokenizerSetup {
  const state = openCheckpoint(path);
  try {
    const { contextLength, vocabSize, padId, tokenizer } = state.architecture.text;
    if (tokenizer.kind === "clip") return { contextLength, vocabSize };
    const folder = dirname(state.tokenizerFile!);
    return { contextLength, vocabSize, published: { description: tokenizer, folder, padId } };
  } finally {
    state.close();
  }
}

function readIds(path: string, rows: number): Int32Array {
  const { shape, bytes } = readNpy(new URL(`file://${path}`));
  assert.equal(shape[0], rows);
  return Int32Array.from(new BigInt64Array(bytes), Number);
}
