/** What comes back. */
import assert from "node:assert/strict";
import { type ClientCase, forEachProtocol } from "./case.ts";
import { assertClose, rejected } from "./same_numbers.ts";

const TEXTS = Array.from({ length: 30 }, (_, i) => `picture ${i} of a blue square`);

export const ANSWER_CASES: ClientCase[] = [
  {
    name: "all protocols give one matrix",
    async run({ urls, library: { ClipClient } }) {
      const matrices = [];
      for (const url of Object.values(urls)) {
        const client = new ClipClient(url);
        matrices.push(await client.encode(TEXTS));
        await client.close();
      }
      for (const matrix of matrices) {
        assert.equal(matrix.rows, TEXTS.length);
        assert.equal(matrix.data.length, TEXTS.length * matrix.dimensions);
        assertClose(matrix.data, matrices[0]!.data, "matrix");
        assert.equal(matrix.row(3).buffer, matrix.data.buffer);
        assert.throws(() => matrix.row(30), RangeError);
      }
    },
  },
  ...forEachProtocol("parameters reach the server, and are not changed", async (url, place) => {
    const client = new place.library.ClipClient(url);
    const parameters = { normalize: true, model_name: "clip_demo" };
    const { data } = await client.encode(["a red circle"], { parameters });
    assert.ok(Math.abs(Math.hypot(...data) - 1) < 1e-5);
    assert.deepEqual(parameters, { normalize: true, model_name: "clip_demo" });
    await client.close();
  }),
  ...forEachProtocol("rank() sorts matches by their scores", async (url, place) => {
    const client = new place.library.ClipClient(url);
    const [ranked] = await client.rank([{
      id: "root",
      text: "a red circle",
      matches: [{ id: "far", text: "a green star" }, "a circle, red", place.images[0]!],
    }]);
    assert.equal(ranked!.id, "root");
    const { matches = [] } = ranked!;
    assert.equal(matches.length, 3);
    assert.equal(matches[0]!.text, "a circle, red");
    const scores = matches.map(({ scores }) => scores!["clip_score"]!.value);
    assert.deepEqual(scores, scores.toSorted((a, b) => b - a));
    assert.ok(Math.abs(scores.reduce((sum, score) => sum + score) - 1) < 1e-5);
    assert.ok(matches.every(({ scores }) => Math.abs(scores!["clip_score_cosine"]!.value) <= 1));
    const error = await rejected(
      client.rank([{ text: "a" }]),
      place.library.ClipClientError,
    );
    assert.match(error.message, /Item 0: There is nothing to rank/);
    await client.close();
  }),
  ...forEachProtocol("profile() tells where the time went", async (url, place) => {
    const client = new place.library.ClipClient(url);
    for (const content of [undefined, "a red circle"]) {
      const profile = await client.profile(content);
      assert.deepEqual(Object.keys(profile), [
        "Roundtrip",
        "Client-server network",
        "Server",
        "Gateway-CLIP network",
        "CLIP model",
      ]);
      assert.ok(profile["Roundtrip"] > 0 && profile["Server"] >= 1);
      assert.match(place.library.profileTree(profile), /^Roundtrip {2}\d+ms {2}100%\n├── Client/);
    }
    await client.close();
  }),
  ...forEachProtocol("index() and search() give documents", async (url, place) => {
    const client = new place.library.ClipClient(url);
    const [indexed] = await client.index([{ id: "a", text: "a red circle" }]);
    assert.equal(indexed!.id, "a");
    assert.equal(indexed!.embedding!.length, 128);
    const [found] = await client.search(["a red circle"], { limit: 3 });
    assert.equal(found!.text, "a red circle");
    assert.deepEqual(found!.matches, []);
    const error = await rejected(client.search(["a"], { limit: 0 }), place.library.ClipClientError);
    assert.equal(error.kind, "usage");
    await client.close();
  }),
  ...forEachProtocol("one bad item is told by index and id; the others are kept", async (
    url,
    place,
  ) => {
    const { ClipClient, ClipClientError } = place.library;
    const client = new ClipClient(url);
    const bad = { id: "bad", blob: new TextEncoder().encode("no picture") };
    const items = [{ id: "x", text: "a" }, bad, { id: "y", text: "b" }];
    const error = await rejected(client.encode(items), ClipClientError);
    assert.equal(error.kind, "document");
    assert.equal(error.index, 1);
    assert.equal(error.documentId, "bad");
    assert.match(error.message, /^Item 1: Cannot identify the image file/);
    const kept = await client.encode(items, { itemErrors: "return" });
    assert.deepEqual(kept.map(({ error }) => error?.kind), [undefined, "document", undefined]);
    assert.ok(kept[2]!.embedding);
    const { errors, rows, row } = await client.encode(
      ["a", "", "missing.png", bad.blob, "b"],
      { itemErrors: "return" },
    ).then((matrix) => ({ ...matrix, row: (i: number) => matrix.row(i) }));
    assert.equal(rows, 5);
    assert.deepEqual([...errors].map(([i, { kind }]) => [i, kind]).toSorted(), [
      [1, "document"],
      [2, "content"],
      [3, "document"],
    ]);
    assert.ok(row(1).every(Number.isNaN) && row(4).every(Number.isFinite));
    assert.match(errors.get(2)!.message, /missing\.png.*plainText/);
    await client.close();
  }),
  ...forEachProtocol("a broken match fails its own document only", async (url, place) => {
    const client = new place.library.ClipClient(url);
    const ranked = await client.rank([
      { id: "a", text: "a", matches: ["b", "c"] },
      { id: "b", text: "a", matches: [new Uint8Array([1, 2, 3])] },
      { id: "c", text: "a", matches: ["b"] },
    ], { itemErrors: "return" });
    assert.deepEqual(ranked.map(({ error }) => error?.index), [undefined, 1, undefined]);
    assert.equal(ranked[2]!.matches!.length, 1);
    await client.close();
  }),
];
