import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { ClipError } from "../../../src/errors.ts";
import type { Columns } from "../../../src/index/columns.ts";
import {
  MAX_CONDITIONS,
  MAX_DEPTH,
  MAX_VALUES,
  parseFilter,
} from "../../../src/index/filter/parse.ts";
import { filterSql, SQLITE } from "../../../src/index/filter/sql.ts";
import { matches } from "../matches.ts";

const COLUMNS: Columns = { price: "float", brand: "str", n: "int" };

/** Documents as those that the original was asked about (annlite 0.4.0 behind Jina 3.11.1). */
const DOCUMENTS = [
  { id: "a", columns: { price: 10.5, brand: "acme", n: 1 } },
  { id: "b", columns: { price: 20, brand: "o'neil", n: 2 } },
  { id: "c", columns: { price: 30, brand: 'acme "q"', n: 3 } },
  { id: "d", columns: { price: null, brand: "zeta", n: null } },
  { id: "e", columns: { price: null, brand: null, n: null } },
];

/** Ids of those that a filter takes. */
function taken(json: unknown): string {
  const filter = parseFilter(json, COLUMNS);
  return DOCUMENTS
    .filter(({ columns }) => filter === undefined || matches(filter, columns))
    .map(({ id }) => id)
    .join("");
}

function fault(json: unknown, columns = COLUMNS): string {
  try {
    parseFilter(json, columns);
  } catch (thrown) {
    assert.ok(thrown instanceof ClipError && thrown.kind === "invalid", String(thrown));
    return thrown.message;
  }
  throw new Error(`${JSON.stringify(json)} was let through`);
}

Deno.test("parseFilter() takes what the original takes, and means the same", () => {
  const cases: [unknown, string][] = [
    [undefined, "abcde"],
    [null, "abcde"],
    [{}, "abcde"],
    [[], "abcde"],
    ["", "abcde"],
    [{ price: { $lt: 20 } }, "a"],
    [{ price: { $lte: 20 } }, "ab"],
    [{ price: { $gt: 20 } }, "c"],
    [{ price: { $gte: 20 } }, "bc"],
    [{ price: { $eq: 20 } }, "b"],
    [{ price: { $neq: 20 } }, "ac"],
    [{ brand: { $in: ["acme", "zeta"] } }, "ad"],
    [{ brand: { $nin: ["acme", "zeta"] } }, "bc"],
    [{ brand: { $in: [] } }, ""],
    [{ brand: { $nin: [] } }, "abcd"],
    [{ brand: { $eq: "o'neil" } }, "b"],
    [{ brand: { $eq: 'acme "q"' } }, "c"],
    [{ brand: { $eq: "x' OR '1'='1" } }, ""],
    [{ price: { $gt: 5, $lt: 25 } }, "ab"],
    [{ price: { $gt: 5 }, brand: { $eq: "acme" } }, "a"],
    [{ $and: [{ price: { $gt: 5 } }, { brand: { $neq: "acme" } }] }, "bc"],
    [{ $or: [{ price: { $gt: 25 } }, { brand: { $eq: "zeta" } }] }, "cd"],
    [{ $and: { price: { $gt: 5 }, brand: { $eq: "acme" } } }, "a"],
    [{ $or: { price: { $gt: 25 }, brand: { $eq: "acme" } } }, "ac"],
    [[{ price: { $gt: 15 } }, { price: { $lt: 25 } }], "b"],
    [{ $or: [{ $and: [{ n: { $gt: 1 } }, { n: { $lt: 3 } }] }, { brand: { $eq: "zeta" } }] }, "bd"],
    [{ brand: { $or: [{ brand: { $eq: "acme" } }, { brand: { $eq: "zeta" } }] } }, "ad"],
    // Texts that are numbers, and the other way round.
    [{ price: { $eq: "20" } }, "b"],
    [{ brand: { $gt: 5 } }, "abcd"],
    [{ n: { $eq: true } }, "a"],
  ];
  for (const [json, ids] of cases) assert.equal(taken(json), ids, JSON.stringify(json));
});

Deno.test("parseFilter() takes what is clear beyond that", () => {
  const cases: [unknown, string][] = [
    [{ brand: "acme" }, "a"],
    [{ price: 20, n: 2 }, "b"],
    [{ brand: { $ne: "acme" } }, "bcd"],
    [{ brand: { $or: [{ $eq: "acme" }, { $eq: "zeta" }] } }, "ad"],
    [{ price: { $or: { $lt: 15, $gt: 25 } } }, "ac"],
    [{ price: { $and: [{ $gt: 15 }, { $lt: 25 }] } }, "b"],
    [{ $or: { price: { $gt: 5, $lt: 15 }, brand: "zeta" } }, "ad"],
    // In the original it depends on the order of the keys, which Protobuf does not keep.
    [{ price: { $gt: 25 }, $or: [{ brand: "acme" }, { brand: "zeta" }] }, ""],
    [{ $or: [{ brand: "acme" }, { brand: "zeta" }], price: { $gt: 5 } }, "a"],
  ];
  for (const [json, ids] of cases) assert.equal(taken(json), ids, JSON.stringify(json));
});

Deno.test("parseFilter() compares whole numbers with fractions", () => {
  const cases: [unknown, string][] = [
    [{ n: { $lt: 1.5 } }, "a"],
    [{ n: { $lte: 2.5 } }, "ab"],
    [{ n: { $gt: 1.5 } }, "bc"],
    [{ n: { $gte: 2.5 } }, "c"],
    [{ n: { $eq: 2.5 } }, ""],
    [{ n: { $neq: 2.5 } }, "abc"],
    [{ n: { $in: [1, 2.5] } }, "a"],
    [{ n: { $nin: [1, 2.5] } }, "bc"],
  ];
  for (const [json, ids] of cases) assert.equal(taken(json), ids, JSON.stringify(json));
  assert.deepEqual(parseFilter({ n: { $gt: -0.5 } }, COLUMNS), {
    kind: "gte",
    column: "n",
    value: 0,
  });
});

Deno.test("parseFilter() says where the fault is, and what would be right", () => {
  const cases: [unknown, string][] = [
    [
      { prise: { $lt: 5 } },
      "filter.prise: no such column; did you mean 'price'? declared under 'columns' of the " +
      "indexer: 'price' (float), 'brand' (str), 'n' (int)",
    ],
    [
      { colour: 1 },
      "filter.colour: no such column; declared under 'columns' of the indexer: 'price' (float), " +
      "'brand' (str), 'n' (int)",
    ],
    [{ price: { $let: 5 } }, "filter.price.$let: unknown operator $let; did you mean '$lt'?"],
    [
      { price: { $regex: "x" } },
      "filter.price.$regex: unknown operator $regex; there are $lt, $lte, $gt, $gte, $eq, $neq, " +
      "$ne, $in, $nin, $and, $or",
    ],
    [
      { $not: { price: 5 } },
      "filter.$not: unknown operator $not; there are $lt, $lte, $gt, $gte, $eq, $neq, $ne, $in, " +
      "$nin, $and, $or",
    ],
    [
      { $and: [{ price: 1 }, { $lt: 5 }] },
      'filter.$and[1].$lt: an operator needs a column, as in {"price": {"$lt": 50}}',
    ],
    [
      { $or: [{ brand: { $in: ["a", null] } }] },
      "filter.$or[0].brand.$in[1]: null cannot be compared: a document without a value meets no " +
      "condition",
    ],
    [{ brand: { $in: "acme" } }, 'filter.brand.$in: expected a list, got the text "acme"'],
    [{ brand: ["a"] }, "filter.brand: a list cannot be compared: write $in or $nin"],
    [
      { price: { $lt: "cheap" } },
      'filter.price.$lt: expected a number, got the text "cheap" (the column is declared as float)',
    ],
    [
      { n: { $lt: 1e18 } },
      "filter.n.$lt: 1000000000000000000 is beyond 2^53, where whole numbers are no longer exact " +
      "(the column is declared as int)",
    ],
    [
      { price: Infinity },
      "filter.price: Infinity is no number that can be compared (the column is declared as float)",
    ],
    [
      { brand: "a\0b" },
      "filter.brand: the text has the character U+0000 (the column is declared as str)",
    ],
    [
      { brand: "\ud800" },
      "filter.brand: the text has half of a pair of UTF-16, which is no character (the column is " +
      "declared as str)",
    ],
    [
      { brand: "é".repeat(1025) },
      "filter.brand: the text has more than 2048 bytes of UTF-8 (the column is declared as str)",
    ],
    [{ brand: {} }, "filter.brand: expected at least one condition, got none"],
    [{ $and: [] }, "filter.$and: expected at least one condition, got none"],
    [{ $and: [{}] }, "filter.$and[0]: expected at least one condition, got none"],
    [{ $or: [5] }, "filter.$or[0]: expected an object of conditions, got 5"],
    [{ $or: "x" }, 'filter.$or: expected a list or an object of conditions, got the text "x"'],
    [
      { brand: { name: "x" } },
      "filter.brand.name: expected an operator, such as $eq: a column has no fields",
    ],
    [
      "price < 50",
      'filter: expected an object such as {"price": {"$lt": 50}}, got the text "price < 50"',
    ],
    [false, 'filter: expected an object such as {"price": {"$lt": 50}}, got false'],
    [
      JSON.parse('{"__proto__": 1}'),
      "filter.__proto__: no such column; declared under 'columns' of the indexer: " +
      "'price' (float), 'brand' (str), 'n' (int)",
    ],
  ];
  for (const [json, message] of cases) assert.equal(fault(json), message);
  assert.equal(
    fault({ price: 5 }, {}),
    "filter.price: there are no columns: declare some under 'columns' of the indexer",
  );
  const long = { ["x\n".repeat(1000)]: 5 };
  assert.ok(fault(long).length < 300, fault(long));
});

Deno.test("parseFilter() bounds conditions, values and depth", () => {
  const conditions = (count: number) => Array.from({ length: count }, () => ({ n: { $gt: 1 } }));
  assert.equal(taken({ $or: conditions(MAX_CONDITIONS) }), "bc");
  assert.match(fault({ $or: conditions(MAX_CONDITIONS + 1) }), /^filter\.\$or: .*more than 1000/);
  const halves = [{ $or: conditions(600) }, { $or: conditions(600) }];
  assert.match(fault({ $and: halves }), /^filter\.\$and\[1\]\.\$or\[400\]\.n\.\$gt: .* 1000/);
  const values = (count: number) => ({ n: { $in: Array.from({ length: count }, (_, i) => i) } });
  assert.equal(taken(values(MAX_VALUES)), "abc");
  assert.match(fault(values(MAX_VALUES + 1)), /^filter\.n\.\$in: .*more than 10000 values/);
  assert.match(fault({ $and: [values(6000), values(6000)] }), /more than 10000 values/);
  const deep = (depth: number): unknown =>
    depth === 0 ? { n: 2 } : { $or: [deep(depth - 1), { n: -1 }] };
  assert.equal(taken(deep(MAX_DEPTH)), "b");
  assert.match(fault(deep(MAX_DEPTH + 1)), /more than 32 \$and and \$or in each other/);
});

Deno.test("parseFilter() lets nothing through that SQLite cannot take", () => {
  using database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (price REAL, brand TEXT, n INTEGER)");
  // As deep and wide as it gets: everything beside something on every level.
  let deep: unknown = { n: 1, price: 2 };
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const beside = Array.from({ length: 14 }, (_, i) => ({ n: i, brand: { $gt: "a", $lt: "b" } }));
    deep = { [depth % 2 ? "$or" : "$and"]: depth < 22 ? [...beside, deep] : [{ n: depth }, deep] };
  }
  const filter = parseFilter(deep, COLUMNS)!;
  const { text, parameters } = filterSql(filter, { dialect: SQLITE, columns: COLUMNS });
  assert.ok(parameters.length > 900);
  const values = parameters as (string | number)[];
  assert.deepEqual(database.prepare(`SELECT * FROM t WHERE ${text}`).all(...values), []);
});

Deno.test("parseFilter() reads or refuses any JSON", () => {
  const key = fc.constantFrom(
    "price",
    "brand",
    "n",
    "other",
    "$and",
    "$or",
    "$eq",
    "$in",
    "$x",
    "",
  );
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 8 },
      fc.constantFrom<unknown>(null, 1, -0, 1.5, NaN, "a", "1", "", true, []),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(key, tie("json"), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(fc.oneof(json, fc.jsonValue()), (value) => {
      try {
        taken(value);
      } catch (thrown) {
        assert.ok(thrown instanceof ClipError && thrown.message.startsWith("filter"), `${thrown}`);
      }
    }),
    { numRuns: 3000 },
  );
});
