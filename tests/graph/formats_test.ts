/** From every format of every fixture checkpoint to the embeddings of the original. */
import assert from "node:assert/strict";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { checkpointFormats, writeFormat } from "../checkpoint/formats.ts";
import { readReference } from "./reference.ts";
import { difference, openTowers } from "./tower_session.ts";

const MAX_DIFFERENCE = 1e-4;
const COSINE_DISTANCE = 1e-6;

for (const format of checkpointFormats()) {
  const { model, label } = format;
  Deno.test(`${model} from ${label} gives the reference embeddings`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const state = openCheckpoint(writeFormat(format, folder));
      try {
        const { embedDim } = state.architecture;
        const reference = readReference(model);
        await using towers = await openTowers(state);
        const pairs = [
          [await towers.text(reference.ids, reference.textCount), reference.textEmbeds],
          [await towers.image(reference.pixels, reference.imageCount), reference.imageEmbeds],
        ] as const;
        for (const [got, wanted] of pairs) {
          const { max, cosine } = difference(got, wanted, embedDim);
          assert.ok(max <= MAX_DIFFERENCE, `max abs difference ${max}`);
          assert.ok(cosine <= COSINE_DISTANCE, `cosine distance ${cosine}`);
        }
      } finally {
        state.close();
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
