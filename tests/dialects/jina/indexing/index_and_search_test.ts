import assert from "node:assert/strict";
import { readNumbers } from "../../../../src/dialects/jina/document/nd_array.ts";
import { memoryIndexer } from "../../../support/memory_indexer.ts";
import { embedded, matchIds, openAskers } from "./askers.ts";

// The fake encoder embeds a text as its length, 1, 2, 3.
const TEXTS = ["a", "four", "twelve chars"].map((text) => ({
  id: text,
  text,
  tags: { length: text.length, kind: text.length > 3 ? "long" : "short" },
}));
const COLUMNS = { length: "int", kind: "str" } as const;

Deno.test("what was indexed is found, nearest first, over every protocol", async (t) => {
  await using open = await openAskers({ indexers: [await memoryIndexer({ columns: COLUMNS })] });
  for (const [protocol, ask] of open.askers) {
    await t.step(protocol, async () => {
      await ask("/clear");
      const indexed = await ask("/index", { docs: TEXTS });
      assert.equal(indexed.status, undefined);
      assert.deepEqual(indexed.docs.map(({ id }) => id), TEXTS.map(({ id }) => id));
      assert.ok(indexed.docs.every(({ embedding }) => embedding));
      const executors = indexed.routes.map(({ executor }) => executor);
      assert.deepEqual(executors, ["gateway", "clip_t", "indexer"]);

      const found = await ask("/search", { docs: [{ id: "q", text: "five!" }] });
      assert.deepEqual(matchIds(found), [["four", "twelve chars", "a"]]);
      const [first, second] = found.docs[0]!.matches!;
      assert.deepEqual(Object.keys(first!.scores!), ["cosine"]);
      assert.ok(first!.scores!["cosine"]!.value! < second!.scores!["cosine"]!.value!);
      assert.deepEqual(first!.tags, TEXTS[1]!.tags);
      assert.equal(first!.text, "four");
      assert.equal(first!.mimeType, "text/plain");
      assert.equal(first!.adjacency, 1);
      assert.deepEqual([...readNumbers(first!.embedding!)], [4, 1, 2, 3]);
    });
  }
});

Deno.test("parameters of a search", async (t) => {
  await using open = await openAskers({ indexers: [await memoryIndexer({ columns: COLUMNS })] });
  await open.ask("/index", { docs: TEXTS });
  const docs = [{ id: "four", text: "four" }];
  for (const [protocol, ask] of open.askers) {
    await t.step(protocol, async () => {
      const search = async (parameters: Record<string, never>) =>
        matchIds(await ask("/search", { docs, parameters }))[0];
      const asked = (parameters: unknown) => search(parameters as Record<string, never>);
      assert.deepEqual(await asked({ limit: 2 }), ["four", "twelve chars"]);
      assert.deepEqual(await asked({ limit: null }), ["four", "twelve chars", "a"]);
      assert.deepEqual(await asked({ indexer__limit: 1, limit: 2 }), ["four"]);
      assert.deepEqual(await asked({ limit: 1, exclude_self: true }), ["twelve chars"]);
      assert.deepEqual(await asked({ exclude_self: true }), ["twelve chars", "a"]);
      assert.deepEqual(await asked({ filter: { length: { $lt: 4 } } }), ["a"]);
      assert.deepEqual(await asked({ filter: { kind: { $eq: "long" } }, limit: 1 }), ["four"]);
      assert.deepEqual(await asked({ filter: {} }), ["four", "twelve chars", "a"]);
      for (const parameters of [{ include_metadata: false }, { only_id: true }]) {
        const { docs: [query] } = await ask("/search", { docs, parameters });
        const [match] = query!.matches!;
        assert.deepEqual(Object.keys(match!).sort(), ["adjacency", "id", "scores"]);
      }
      const parameters = { include_embeddings: false };
      for (const [endpoint, of] of [["/search", docs], ["/filter", []]] as const) {
        const { docs: [first] } = await ask(endpoint, { docs: [...of], parameters });
        const found = endpoint === "/search" ? first!.matches![0]! : first!;
        assert.ok(found.text !== undefined);
        assert.equal(found.embedding, undefined);
      }
    });
  }
});

Deno.test("chunks are indexed and searched by access paths, of the request and of the flow", async () => {
  const indexer = await memoryIndexer({ name: "chunky", indexAccessPaths: "@c" });
  await using open = await openAskers({ indexers: [indexer] });
  const whole = (id: string, texts: string[]) => ({
    id,
    chunks: texts.map((text) => ({ id: `${id}-${text}`, text, parentId: id, granularity: 1 })),
  });
  assert.equal((await open.ask("/index", { docs: [whole("x", ["a", "four"])] })).status, undefined);
  const parameters = { access_paths: "@c", limit: 1 };
  const { docs: [query] } = await open.ask("/search", { docs: [whole("q", ["aa"])], parameters });
  assert.equal(query!.matches, undefined);
  const [match] = query!.chunks![0]!.matches!;
  assert.equal(match!.id, "x-a");
  assert.equal(match!.parentId, "x");
  assert.equal(match!.granularity, 1);
  // The old name wins; a name of the indexer's alone leads the encoder too.
  for (
    const parameters of [
      { traversal_paths: "@c", access_paths: "@m", limit: 1 },
      { chunky__access_paths: "@c", limit: 1 },
    ]
  ) {
    const { docs: [query] } = await open.ask("/search", { docs: [whole("q", ["a"])], parameters });
    assert.equal(query!.chunks![0]!.matches![0]!.id, "x-a");
  }
});

Deno.test("a ready embedding is taken, of any number type and in one row", async (t) => {
  await using open = await openAskers({ indexers: [await memoryIndexer()] });
  const bytes = (array: Float64Array | Int32Array) => new Uint8Array(array.buffer);
  await open.ask("/index", {
    docs: [
      embedded("f4", [1, 0, 0, 0]),
      {
        id: "f8",
        embedding: {
          buffer: bytes(Float64Array.of(0, 1, 0, 0)),
          shape: [1, 4],
          dtype: "<f8",
          clsName: "numpy",
        },
      },
      {
        id: "i4",
        embedding: {
          buffer: bytes(Int32Array.of(0, 0, 7, 0)),
          shape: [4],
          dtype: "<i4",
          clsName: "list",
        },
      },
    ],
  });
  for (const [protocol, ask] of open.askers) {
    await t.step(protocol, async () => {
      const docs = [[1, 0.1, 0, 0], [0.1, 1, 0, 0], [0, 0.1, 1, 0]].map((vector, i) =>
        embedded(`q${i}`, vector)
      );
      const found = await ask("/search", { docs, parameters: { limit: 1 } });
      assert.deepEqual(matchIds(found), [["f4"], ["f8"], ["i4"]]);
    });
  }
  // Content goes before an embedding that came with it, as the encoder writes over that.
  await open.ask("/index", { docs: [{ ...embedded("both", [0, 0, 0, 1]), text: "a" }] });
  const { docs: [both] } = await open.ask("/fill_embedding", { docs: [{ id: "both" }] });
  assert.deepEqual([...readNumbers(both!.embedding!)], [1, 1, 2, 3]);
});

Deno.test("all of a document is kept but its matches, and an image's bytes if they are dropped", async () => {
  await using open = await openAskers({ indexers: [await memoryIndexer()] });
  const blob = new Uint8Array(100).fill(7);
  const document = {
    id: "größe 日本語",
    blob,
    uri: "file.png",
    mimeType: "image/png",
    weight: 0.5,
    modality: "image",
    location: [1, 2, 3],
    offset: 2,
    tags: { nested: { list: [1, "two", null, { three: true }] }, __created_by_CAS__: true },
    scores: { mine: { value: 3, opName: "o" } },
    chunks: [{ id: "c", text: "chunk", parentId: "größe 日本語", granularity: 1 }],
    matches: [{ id: "m", text: "match", adjacency: 1 }],
  };
  await open.ask("/index", { docs: [document] });
  await open.ask("/index", {
    docs: [{ ...document, id: "dropped" }],
    parameters: { drop_image_content: true },
  });
  const { docs: [whole, dropped] } = await open.ask("/filter");
  const { matches: _, tags, chunks: [chunk], ...rest } = document;
  const { embedding, ...kept } = whole!;
  const chunks = [{ ...chunk, mimeType: "text/plain" }];
  assert.deepEqual(kept, { ...rest, tags: { nested: tags.nested }, chunks });
  assert.deepEqual([...readNumbers(embedding!)], [100, 1, 2, 3]);
  assert.equal(dropped!.id, "dropped");
  assert.equal(dropped!.blob, undefined);
  assert.equal(dropped!.uri, "file.png");
});

Deno.test("normalize scales what is kept", async () => {
  await using open = await openAskers({ indexers: [await memoryIndexer()] });
  await open.ask("/index", { docs: [{ id: "a", text: "a" }], parameters: { normalize: true } });
  const { docs: [stored] } = await open.ask("/filter");
  const length = Math.hypot(...readNumbers(stored!.embedding!));
  assert.ok(Math.abs(length - 1) < 1e-6);
});
