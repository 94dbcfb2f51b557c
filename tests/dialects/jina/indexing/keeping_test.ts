/** Documents that are replaced, removed, listed and copied, and the index as a whole. */
import assert from "node:assert/strict";
import type { DataResponse } from "../../../../src/dialects/jina/document/request.ts";
import { readNumbers } from "../../../../src/dialects/jina/document/nd_array.ts";
import { memoryIndexer } from "../../../support/memory_indexer.ts";
import { type Ask, embedded, openAskers } from "./askers.ts";

const DOCS = [
  embedded("a", [1, 0, 0, 0], { tags: { n: 1 } }),
  embedded("b", [0, 1, 0, 0], { tags: { n: 2 } }),
  embedded("c", [0, 0, 1, 0], { tags: { n: 3 } }),
];

const idsOf = ({ docs, status }: DataResponse) => {
  assert.equal(status?.description, undefined);
  return docs.map(({ id }) => id);
};

async function overEach(t: Deno.TestContext, test: (ask: Ask) => Promise<void>): Promise<void> {
  const indexer = await memoryIndexer({ columns: { n: "int" } });
  await using open = await openAskers({ indexers: [indexer] });
  for (const [protocol, ask] of open.askers) {
    await t.step(protocol, async () => {
      idsOf(await ask("/clear"));
      idsOf(await ask("/index", { docs: DOCS }));
      await test(ask);
    });
  }
}

Deno.test("/update replaces what is there, and leaves out what is not", async (t) => {
  await overEach(t, async (ask) => {
    const docs = [embedded("b", [0, 0, 0, 1], { tags: { n: 20 } }), embedded("z", [1, 1, 1, 1])];
    assert.deepEqual(idsOf(await ask("/update", { docs })), ["b", "z"]);
    assert.deepEqual(idsOf(await ask("/filter")), ["a", "c", "b"]);
    const found = await ask("/filter", { parameters: { filter: { n: { $gte: 20 } } } });
    assert.deepEqual(idsOf(found), ["b"]);
    const parameters = { raise_errors_on_not_found: true };
    const { status } = await ask("/update", { docs, parameters });
    assert.equal(status?.exception?.name, "KeyError");
    assert.match(status!.description, /1 of 2 documents .*: 'z'; the others were updated/);
  });
});

Deno.test("/delete takes the ids of documents and of the parameters", async (t) => {
  await overEach(t, async (ask) => {
    assert.deepEqual(idsOf(await ask("/delete", { docs: [{ id: "a" }] })), ["a"]);
    assert.deepEqual(idsOf(await ask("/delete", { parameters: { ids: "b" } })), []);
    assert.deepEqual(idsOf(await ask("/filter")), ["c"]);
    assert.deepEqual(idsOf(await ask("/delete", { parameters: { ids: ["nope", 7] } })), []);
    const parameters = { ids: ["nope", "c", "c"], raise_errors_on_not_found: true };
    const { status } = await ask("/delete", { parameters });
    assert.match(status!.description, /1 of 2 documents .*: 'nope'; the others were deleted/);
    assert.deepEqual(idsOf(await ask("/filter")), []);
    const filtered = await ask("/delete", { parameters: { filter: { n: { $gt: 0 } } } });
    assert.match(filtered.status!.description, /filter: '\/delete' takes no filter/);
  });
});

Deno.test("/filter lists in the order of writing, with limit and offset", async (t) => {
  await overEach(t, async (ask) => {
    assert.deepEqual(idsOf(await ask("/filter")), ["a", "b", "c"]);
    assert.deepEqual(idsOf(await ask("/filter", { parameters: { limit: 2 } })), ["a", "b"]);
    assert.deepEqual(idsOf(await ask("/filter", { parameters: { limit: 2, offset: 2 } })), ["c"]);
    const { docs: [first] } = await ask("/filter", { parameters: { only_id: true } });
    assert.deepEqual(Object.keys(first!), ["id"]);
  });
});

Deno.test("/fill_embedding gives documents what is kept under their ids", async (t) => {
  await overEach(t, async (ask) => {
    const docs = [{ id: "c", text: "mine" }, { id: "nope" }];
    const { docs: [c, nope] } = await ask("/fill_embedding", {
      docs,
      parameters: { on_error: "skip" },
    });
    assert.deepEqual([...readNumbers(c!.embedding!)], [0, 0, 1, 0]);
    assert.equal(c!.text, "mine");
    assert.equal(nope!.embedding, undefined);
    assert.match(String(nope!.tags!["clipline_error"]), /'nope'/);
    const { status } = await ask("/fill_embedding", { docs });
    assert.match(status!.description, /1 of 2 documents are not in the index: 'nope'/);
  });
});

Deno.test("/status tells of the index in the tags of one document", async (t) => {
  await overEach(t, async (ask) => {
    const { docs, status } = await ask("/status", { docs: [{ id: "ignored" }] });
    assert.equal(status, undefined);
    assert.deepEqual(docs.map(({ tags }) => tags), [
      { appending_size: 0, total_docs: 3, index_size: 3, n_dim: 4, metric: "cosine" },
    ]);
  });
});

Deno.test("/backup, /clear and /restore", async (t) => {
  await overEach(t, async (ask) => {
    idsOf(await ask("/backup", { parameters: { target_name: "three" } }));
    idsOf(await ask("/delete", { parameters: { ids: ["a", "b"] } }));
    idsOf(await ask("/backup"));
    idsOf(await ask("/clear"));
    assert.deepEqual(idsOf(await ask("/filter")), []);
    idsOf(await ask("/restore", { parameters: { source_name: "three" } }));
    assert.deepEqual(idsOf(await ask("/filter")), ["a", "b", "c"]);
    idsOf(await ask("/restore"));
    assert.deepEqual(idsOf(await ask("/filter")), ["c"]);
    idsOf(await ask("/restore", { parameters: { target_name: "three" } }));
    const { status } = await ask("/restore", { parameters: { source_name: "never" } });
    assert.match(status!.description, /never/);
    assert.deepEqual(idsOf(await ask("/filter")), ["a", "b", "c"]);
  });
});

Deno.test("the same id again replaces, and of two in one request the last one counts", async (t) => {
  await overEach(t, async (ask) => {
    const docs = [
      embedded("a", [0, 0, 0, 1], { text: "" }),
      embedded("a", [0, 0, 0, 2], { tags: { n: 9 } }),
    ];
    idsOf(await ask("/index", { docs }));
    const { docs: [a] } = await ask("/filter", { parameters: { filter: { n: { $eq: 9 } } } });
    assert.deepEqual([...readNumbers(a!.embedding!)], [0, 0, 0, 2]);
    assert.equal((await ask("/filter")).docs.length, 3);
  });
});
