/** Requests that are wrong: told why, by document and key, with nothing half done. */
import assert from "node:assert/strict";
import type { Document, JsonObject } from "../../../../src/dialects/jina/document/document.ts";
import { memoryIndexer } from "../../../support/memory_indexer.ts";
import { embedded, matchIds, openAskers } from "./askers.ts";

const GOOD = embedded("good", [1, 0, 0, 0]);
const COLUMNS = { n: "int", kind: "str" } as const;

function nested(depth: number): JsonObject {
  let tags: JsonObject = { leaf: 1 };
  for (let i = 0; i < depth; i++) tags = { in: tags };
  return tags;
}

function withBytes(bytes: Uint8Array, shape: number[], dtype: string): Document {
  return { id: "bad", embedding: { buffer: bytes, shape, dtype, clsName: "numpy" } };
}

/** Documents that cannot be kept, and what is said of them. */
const BAD_DOCUMENTS: [Document, RegExp][] = [
  [{ id: "bad" }, /nothing to embed .* and no embedding/],
  [{ id: "bad", tags: { n: 1 } }, /nothing to embed/],
  [embedded("bad", [1, 2, 3]), /the shape \[3\], where \[4\] is kept/],
  [embedded("bad", [1, NaN, 3, 4]), /its embedding has NaN at 1/],
  [embedded("bad", [1, 2, Infinity, 4]), /its embedding has Infinity at 2/],
  [withBytes(new Uint8Array(16), [2, 2], "<f4"), /the shape \[2, 2\]/],
  [withBytes(new Uint8Array(15), [4], "<f4"), /buffer does not fit shape \[4\]/],
  [withBytes(new Uint8Array(32), [4], "<c8"), /dtype is not a number type/],
  [withBytes(new Uint8Array(8), [4_000_000_000, 0], "<f4"), /the shape/],
  [
    withBytes(new Uint8Array(Float64Array.of(1e300, 0, 0, 0).buffer), [4], "<f8"),
    /its embedding has 1e\+300 at 0/,
  ],
  [embedded("bad", [1, 0, 0, 0], { tags: { n: "many" } }), /tags\.n: expected/],
  [embedded("bad", [1, 0, 0, 0], { tags: { kind: { a: 1 } } }), /tags\.kind: expected/],
  [embedded("bad", [1, 0, 0, 0], { tags: nested(60) }), /nested too deep to be kept/],
];

Deno.test("a bad document refuses its request, by id and index, and nothing is written", async (t) => {
  await using open = await openAskers({ indexers: [await memoryIndexer({ columns: COLUMNS })] });
  for (const [protocol, ask] of open.askers) {
    for (const [document, why] of BAD_DOCUMENTS) {
      // What JSON cannot say.
      if (
        protocol === "http" && document.embedding !== undefined &&
        !/tags|shape \[3/.test(why.source)
      ) {
        continue;
      }
      // What Struct cannot say, by protobuf's own bounds.
      if (protocol !== "http" && /too deep/.test(why.source)) continue;
      await t.step(`${protocol}: ${why.source}`, async () => {
        for (const endpoint of ["/index", "/update"]) {
          const { status } = await ask(endpoint, { docs: [GOOD, document] });
          assert.match(status?.description ?? "no error", why);
          assert.match(status!.exception!.args[0]!, /^document 'bad' \(index 1\): /);
          assert.equal(status!.exception!.executor, "AnnLiteIndexer");
        }
        assert.equal((await ask("/filter")).docs.length, 0);
      });
    }
  }
});

Deno.test("on_error: skip keeps the good documents and tags the bad ones", async (t) => {
  await using open = await openAskers({ indexers: [await memoryIndexer({ columns: COLUMNS })] });
  const parameters = { on_error: "skip" };
  for (const [protocol, ask] of open.askers) {
    await t.step(protocol, async () => {
      await ask("/clear");
      const docs = [
        GOOD,
        embedded("wrong", [1, 2, 3]),
        // The fake encoder takes so short a file for none.
        { ...embedded("broken", [1, 2, 3, 4]), blob: new Uint8Array(3) },
        { id: "text", text: "a" },
        embedded("column", [1, 1, 1, 1], { tags: { n: "many" } }),
      ];
      const indexed = await ask("/index", { docs, parameters });
      assert.equal(indexed.status, undefined);
      const why = indexed.docs.map(({ tags }) => tags?.["clipline_error"]);
      assert.equal(why[0], undefined);
      assert.match(String(why[1]), /the shape \[3\]/);
      assert.match(String(why[2]), /cannot identify image file/);
      assert.equal(why[3], undefined);
      assert.match(String(why[4]), /tags\.n/);
      assert.deepEqual((await ask("/filter")).docs.map(({ id }) => id), ["good", "text"]);
      const queries = [embedded("wrong", [1]), embedded("right", [1, 0, 0, 0])];
      const found = await ask("/search", { docs: queries, parameters });
      assert.deepEqual(matchIds(found), [[], ["good", "text"]]);
    });
  }
});

Deno.test("a query that is none is told by id, on an empty index too", async () => {
  await using open = await openAskers({ indexers: [await memoryIndexer()] });
  for (const docs of [[{ id: "bad" }], [embedded("bad", [1, 2])]]) {
    const { status } = await open.ask("/search", { docs });
    assert.match(status!.description, /document 'bad' \(index 0\)/);
  }
});

/** Parameters that are wrong, and what is said of them. */
const BAD_PARAMETERS: [string, unknown, RegExp][] = [
  ["/search", { limit: 0 }, /limit.*>=1/],
  ["/search", { limit: -1 }, /limit/],
  ["/search", { limit: 1e6 }, /limit.*<=10000/],
  ["/search", { limit: 2.5 }, /limit.*int/],
  ["/search", { limit: "2" }, /limit.*number/],
  ["/search", { indexer__limit: [] }, /limit.*number/],
  ["/search", { filter: "n > 1" }, /filter.*must be an object/],
  ["/search", { filter: 5 }, /filter.*must be an object/],
  ["/search", { filter: { colour: { $eq: 1 } } }, /filter\.colour/],
  ["/search", { filter: { n: { $near: 1 } } }, /filter\.n.*\$near/],
  ["/search", { filter: { n: { $lt: "x" } } }, /filter\.n/],
  ["/search", { filter: { n: { $in: 5 } } }, /filter\.n/],
  ["/search", { filter: { $and: 5 } }, /filter\.\$and/],
  ["/search", { include_metadata: "no" }, /include_metadata.*boolean/],
  ["/search", { only_id: 1 }, /only_id.*boolean/],
  ["/search", { exclude_self: {} }, /exclude_self.*boolean/],
  ["/search", { access_paths: 7 }, /access_paths.*string/],
  ["/search", { access_paths: "xx" }, /access_paths/],
  ["/index", { access_paths: "@x" }, /access_paths/],
  ["/index", { on_error: "never" }, /on_error/],
  ["/filter", { offset: -1 }, /offset/],
  ["/filter", { filter: [5] }, /filter/],
  ["/delete", { ids: { a: 1 } }, /ids.*list of ids/],
  ["/delete", { ids: [["a"]] }, /ids.*list of ids/],
  ["/delete", { raise_errors_on_not_found: "yes", ids: ["a"] }, /raise_errors_on_not_found/],
  ["/backup", { target_name: "../../etc" }, /target_name.*letters/],
  ["/backup", { target_name: "" }, /target_name/],
  ["/restore", { source_name: "a/b" }, /source_name/],
  ["/restore", { source_name: 5 }, /source_name.*string/],
];

Deno.test("a wrong parameter is told by its key", async (t) => {
  await using open = await openAskers({ indexers: [await memoryIndexer({ columns: COLUMNS })] });
  await open.ask("/index", { docs: [GOOD] });
  for (const [protocol, ask] of open.askers) {
    await t.step(protocol, async () => {
      for (const [endpoint, parameters, why] of BAD_PARAMETERS) {
        const where = `${endpoint} ${JSON.stringify(parameters)}`;
        const { status } = await ask(endpoint, {
          docs: [embedded("q", [1, 0, 0, 0])],
          parameters: parameters as JsonObject,
        });
        assert.match(status?.description ?? "no error", why, where);
      }
      assert.equal((await ask("/filter")).docs.length, 1);
    });
  }
});

Deno.test("ids of any length and kind", async (t) => {
  await using open = await openAskers({ indexers: [await memoryIndexer()] });
  const long = "x".repeat(1 << 20);
  for (const [protocol, ask] of open.askers) {
    await t.step(protocol, async () => {
      const { status } = await ask("/index", { docs: [embedded(long, [1, 2, 3, 4])] });
      assert.match(status!.description, /document 'x{100,}'.*1024 bytes/);
      assert.ok(status!.description.length < 2000, `${status!.description.length} characters`);
      const nul = await ask("/index", { docs: [embedded("a\0b", [1, 2, 3, 4])] });
      assert.match(nul.status!.description, /id/);
      const parameters = { ids: [long, "a\0b", ""], raise_errors_on_not_found: true };
      const missing = await ask("/delete", { parameters });
      assert.match(missing.status!.description, /3 of 3 documents are not in the index/);
      assert.ok(missing.status!.description.length < 2000);
      const ids = ["größe", "日本語", "👩‍👩‍👧", "'; DROP TABLE documents; --", " "];
      const docs = ids.map((id, i) => embedded(id, [1, i, 0, 0]));
      assert.equal((await ask("/index", { docs })).status, undefined);
      const found = await ask("/search", { docs: [embedded("q", [1, 0, 0, 0])] });
      assert.deepEqual(matchIds(found), [ids]);
      assert.equal((await ask("/delete", { docs: ids.map((id) => ({ id })) })).status, undefined);
    });
  }
});

Deno.test("filters without end are refused soon", async () => {
  await using open = await openAskers({ indexers: [await memoryIndexer({ columns: COLUMNS })] });
  const wide = { $or: Array.from({ length: 20_000 }, (_, i) => ({ n: { $eq: i } })) };
  const many = { n: { $in: Array.from({ length: 50_000 }, (_, i) => i) } };
  let deep: JsonObject = { n: { $eq: 1 } };
  for (let i = 0; i < 24; i++) deep = { $and: [deep] };
  for (let i = 0; i < 24; i++) deep = { $or: deep };
  const docs = [embedded("q", [1, 0, 0, 0])];
  for (const filter of [wide, many, deep] as JsonObject[]) {
    const began = performance.now();
    const { status } = await open.by.http("/search", { docs, parameters: { filter } });
    assert.match(status?.description ?? "no error", /filter/);
    assert.ok(performance.now() - began < 60_000);
  }
});

Deno.test("parameters that mean nothing are told, and refused with strict_fields", async () => {
  const indexers = [await memoryIndexer()];
  await using open = await openAskers({ indexers, gateway: ["strict_fields: true"] });
  const docs = [embedded("q", [1, 0, 0, 0])];
  for (const [, ask] of open.askers) {
    const good = { limit: 3, indexer__limit: 2, only_id: true, drop_image_content: true };
    assert.equal((await ask("/search", { docs, parameters: good })).status, undefined);
    const { status } = await ask("/search", { docs, parameters: { limt: 3 } });
    assert.match(status!.description, /limt.*did you mean 'limit'/);
  }
});
