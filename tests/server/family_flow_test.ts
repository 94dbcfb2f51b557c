/** From a torch flow over HTTP to the embeddings of each family's own library. */
import assert from "node:assert/strict";
import { difference } from "../graph/tower_session.ts";
import { TemporaryStore } from "../model/store/fakes.ts";
import { familyImages, familyPath, familyTexts, readFamilyReference } from "../support/families.ts";
import { ModelServer } from "../support/model_server.ts";

const COSINE_DISTANCE = 1e-6;

/** Those whose texts become ids by CLIP's own tokenizer: other contexts, images, blocks. */
const FAMILIES = [
  "vit-248-positions",
  "vit-dfn",
  "vit-longest",
  "vit-avg-text-first",
  "eva02-clip",
  "coca",
];

for (const family of FAMILIES) {
  Deno.test(`${family}: texts and images over HTTP as its own library embeds them`, async () => {
    await using store = new TemporaryStore({ offline: true });
    await using server = await ModelServer.start(
      { runtime: "torch", name: family, modelPath: familyPath(family) },
      store,
    );
    const { textEmbeds, imageEmbeds, imageCount } = readFamilyReference(family);
    const width = imageEmbeds.length / imageCount;
    const images = familyImages().map(({ bytes }) => ({ blob: bytes }));
    assert.ok(difference(await server.embed(images), imageEmbeds, width).cosine <= COSINE_DISTANCE);
    // A document with an empty text has nothing to embed.
    const rows = familyTexts(family).flatMap((text, row) => text === "" ? [] : [{ text, row }]);
    const wanted = rows.flatMap(({ row }) => [...textEmbeds.slice(row * width, (row + 1) * width)]);
    const texts = await server.embed(rows.map(({ text }) => ({ text })));
    assert.ok(difference(texts, Float32Array.from(wanted), width).cosine <= COSINE_DISTANCE);
  });
}
