/** Models of every family with a tokenizer of their own, from texts and image files to vectors. */
import assert from "node:assert/strict";
import { difference } from "../graph/tower_session.ts";
import { TemporaryStore } from "../model/store/fakes.ts";
import { familyImages, familyPath, familyTexts, readFamilyReference } from "../support/families.ts";
import { ModelServer } from "../support/model_server.ts";

/** Folders of checkpoints, and where what they give is written down. */
const FAMILIES: readonly { path: string; family?: string; prefix?: string }[] = [
  { path: "siglip" },
  { path: "siglip2" },
  { path: "siglip-openclip" },
  { path: "siglip2-openclip" },
  { path: "openclip-xlm-roberta" },
  { path: "mclip-xlm-roberta" },
  { path: "mclip-labse" },
  { path: "metaclip2-worldwide" },
  { path: "vit-clipa" },
  { path: "chinese-clip/hf", family: "chinese-clip", prefix: "hf_" },
];
const TOLERANCE = 1e-6;

for (const { path, family = path, prefix = "" } of FAMILIES) {
  Deno.test(`${path} is served with the vectors of its own library`, async () => {
    await using store = new TemporaryStore({ offline: true });
    const modelPath = familyPath(path);
    await using server = await ModelServer.start({ runtime: "torch", name: "x", modelPath }, store);
    const { textEmbeds, imageEmbeds, imageCount } = readFamilyReference(family, prefix);
    const width = imageEmbeds.length / imageCount;
    const images = await server.embed(familyImages().map(({ bytes }) => ({ blob: bytes })));
    assert.ok(difference(images, imageEmbeds, width).cosine <= TOLERANCE);
    // An empty text has no embedding over the wire.
    const rows = familyTexts(family).flatMap((text, row) => text === "" ? [] : [{ text, row }]);
    const texts = await server.embed(rows.map(({ text }) => ({ text })));
    for (const [i, { text, row }] of rows.entries()) {
      const got = texts.slice(i * width, (i + 1) * width);
      const wanted = textEmbeds.slice(row * width, (row + 1) * width);
      assert.ok(difference(got, wanted, width).cosine <= TOLERANCE, text);
    }
  });
}
