/** Filters take what they say, whatever columns are called and hold. */
import assert from "node:assert/strict";
import type { ColumnValue } from "../../../src/index/columns.ts";
import type { IndexShape } from "../../../src/index/engine.ts";
import { COMPARISONS, type Filter } from "../../../src/index/filter/filter.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { matches } from "../matches.ts";
import { Clusters, entry, nearest, recall } from "./entries.ts";
import { contractTest, type OpenEngine } from "./opening.ts";

const COLUMNS = { brand: "str", n: "int", price: "float" } as const;
const SHAPE: IndexShape = { dimensions: 8, metric: "cosine", columns: COLUMNS };

/** What columns hold here, and filters ask for. */
const VALUES: Record<keyof typeof COLUMNS, readonly ColumnValue[]> = {
  brand: [
    "",
    "acme",
    "Acme",
    "o'neil",
    'acme "q"',
    "a\\b",
    "%",
    "größe",
    "\uffff",
    "😀",
    "1",
    "null",
  ],
  n: [0, 1, -1, 7, 2 ** 31, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER],
  price: [0, 0.1, 0.1 + 0.2, -1.5, 5e-324, 1e308, -1e308, 1 / 3, 1e21, 123456789.123],
};

/** Registers the tests. */
export function filtersContract(name: string, open: OpenEngine): void {
  contractTest(`${name}: every filter takes what it says`, open, SHAPE, async (t) => {
    const random = seededRandom(9);
    const clusters = new Clusters(9, 4, 8);
    const any = (column: keyof typeof COLUMNS) =>
      random.below(5) === 0 ? null : VALUES[column][random.below(VALUES[column].length)]!;
    const entries = clusters.many(300).map((embedding, i) => {
      const columns = { brand: any("brand"), n: any("n"), price: any("price") };
      return entry(`d${i}`, embedding, columns);
    });
    await t.put(...entries);
    const query = clusters.near(0);
    for (const filter of someFilters()) {
      const taken = entries.filter(({ columns }) => matches(filter, columns)).map(({ id }) => id);
      const told = JSON.stringify(filter);
      assert.deepEqual(await t.ids(filter), taken, told);
      const hits = await t.search(query, 10, filter);
      const truth = nearest("cosine", entries, query, 10, filter);
      assert.equal(hits.length, truth.length, told);
      assert.ok(recall([hits], [truth]) >= 0.9, told);
      for (const { id } of hits) assert.ok(taken.includes(id), told);
    }
  });

  // Names that SQL and the engines' own tables have, and such as need quotes.
  const names = [
    "id",
    "key",
    "document",
    "embedding",
    "select",
    'quo"te',
    "o'neil",
    "größe 日本",
    "a.b",
    "?",
    "$1",
  ];
  const odd: IndexShape = {
    ...SHAPE,
    columns: Object.fromEntries(names.map((column) => [column, "str" as const])),
  };
  contractTest(`${name}: columns may have any name`, open, odd, async (t) => {
    const [embedding] = new Clusters(9, 1, 8).many(1);
    await t.put(...names.map((own) => {
      const columns = Object.fromEntries(
        names.map((column) => [column, column === own ? "x" : "y"]),
      );
      return entry(`has ${own}`, embedding!, columns);
    }));
    await t.reopen();
    for (const column of names) {
      assert.deepEqual(await t.ids({ kind: "eq", column, value: "x" }), [`has ${column}`]);
      const hits = await t.search(embedding!, 20, { kind: "neq", column, value: "y" });
      assert.deepEqual(hits.map(({ id }) => id), [`has ${column}`]);
    }
  });

  contractTest(`${name}: thousands of values may be asked for`, open, SHAPE, async (t) => {
    const [embedding] = new Clusters(9, 1, 8).many(1);
    const columns = (i: number) => ({ brand: `b${i}`, n: i, price: i / 7 });
    const entries = Array.from({ length: 20 }, (_, i) => entry(`d${i}`, embedding!, columns(i)));
    await t.put(...entries);
    // Those that are there come last.
    const many = Array.from({ length: 9990 }, (_, i) => i + 10).reverse();
    const asked: Record<keyof typeof COLUMNS, ColumnValue[]> = {
      brand: many.map((i) => `b${i}`),
      n: many,
      price: many.map((i) => i / 7),
    };
    const ids = entries.map(({ id }) => id);
    for (const [column, values] of Object.entries(asked)) {
      assert.deepEqual(await t.ids({ kind: "in", column, values }), ids.slice(10));
      assert.deepEqual(await t.ids({ kind: "nin", column, values }), ids.slice(0, 10));
    }
  });

  contractTest(`${name}: filters may be wide and deep`, open, SHAPE, async (t) => {
    const [embedding] = new Clusters(9, 1, 8).many(1);
    await t.put(
      entry("a", embedding!, { brand: "a", n: 999, price: 1 }),
      entry("b", embedding!, { brand: "b", n: 1000, price: null }),
    );
    const of = Array.from(
      { length: 1000 },
      (_, i): Filter => ({ kind: "eq", column: "n", value: i }),
    );
    assert.deepEqual(await t.ids({ kind: "or", of }), ["a"]);
    let deep: Filter = { kind: "gt", column: "n", value: 999 };
    for (let depth = 0; depth < 31; depth++) {
      deep = {
        kind: depth % 2 ? "and" : "or",
        of: [deep, { kind: depth % 2 ? "gt" : "lt", column: "n", value: depth }],
      };
    }
    assert.deepEqual(await t.ids(deep), ["b"]);
  });
}

/** Every operator on every value, and pairs of them. */
function* someFilters(): Generator<Filter> {
  const single: Filter[] = [];
  for (const [column, values] of Object.entries(VALUES)) {
    for (const kind of COMPARISONS) {
      for (const value of values) single.push({ kind, column, value });
    }
    for (const kind of ["in", "nin"] as const) {
      single.push({ kind, column, values: [] });
      single.push({ kind, column, values: values.slice(0, 1) });
      single.push({ kind, column, values: values.slice(1, 6) });
      single.push({ kind, column, values });
    }
  }
  yield* single;
  const random = seededRandom(10);
  const one = () => single[random.below(single.length)]!;
  for (let i = 0; i < 60; i++) {
    const inner: Filter = { kind: i % 2 ? "and" : "or", of: [one(), one(), one()] };
    yield { kind: i % 3 ? "or" : "and", of: [one(), inner] };
  }
}
