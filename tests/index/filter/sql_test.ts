import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import type { Columns, ColumnType, ColumnValue } from "../../../src/index/columns.ts";
import { COMPARISONS, type Filter } from "../../../src/index/filter/filter.ts";
import { filterSql, POSTGRES, quotedName, SQLITE } from "../../../src/index/filter/sql.ts";
import { type ColumnValues, matches } from "../matches.ts";

const COLUMNS: Columns = { brand: "str", 'odd "name"; --': "str", n: "int", price: "float" };
const NAMES = Object.keys(COLUMNS);
const SQL_TYPES: Record<ColumnType, string> = { str: "TEXT", int: "INTEGER", float: "REAL" };

/** Values of which some come again, so that filters meet them. */
const VALUES: Record<ColumnType, fc.Arbitrary<ColumnValue>> = {
  str: fc.oneof(
    fc.constantFrom("", "a", "b", "A", "é", "\uffff", "😀", "1", "o'neil", '"'),
    fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\0", "")),
  ),
  int: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger()).map((value) => value + 0),
  float: fc.oneof(
    fc.constantFrom(0, 0.1, 0.30000000000000004, -1.5, 2 ** 60, 1e21),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  ),
};

const DOCUMENT: fc.Arbitrary<ColumnValues> = fc.record(
  Object.fromEntries(
    NAMES.map((name) => [name, fc.option(VALUES[COLUMNS[name]!], { freq: 4 })]),
  ),
);

const CONDITION: fc.Arbitrary<Filter> = fc.constantFrom(...NAMES).chain((column) => {
  const value = VALUES[COLUMNS[column]!];
  return fc.oneof(
    fc.record({ kind: fc.constantFrom(...COMPARISONS), column: fc.constant(column), value }),
    fc.record({
      kind: fc.constantFrom("in" as const, "nin" as const),
      column: fc.constant(column),
      values: fc.array(value, { maxLength: 6 }),
    }),
  );
});

const { filter: FILTER } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 5, depthIdentifier: "filter" },
    CONDITION,
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      of: fc.array(tie("filter"), { maxLength: 4, depthIdentifier: "filter" }),
    }),
  ),
}));

/** A table of documents, by their place. */
class Table {
  readonly #database = new DatabaseSync(":memory:");

  constructor(documents: readonly ColumnValues[]) {
    const columns = NAMES.map((name) => `${quotedName(name)} ${SQL_TYPES[COLUMNS[name]!]}`);
    this.#database.exec(`CREATE TABLE documents (place INTEGER PRIMARY KEY, ${columns.join()})`);
    const marks = NAMES.map(() => "?").join();
    const insert = this.#database.prepare(`INSERT INTO documents VALUES (?, ${marks})`);
    documents.forEach((one, i) => insert.run(i, ...NAMES.map((name) => one[name] ?? null)));
  }

  taken(filter: Filter): number[] {
    const { text, parameters } = filterSql(filter, { dialect: SQLITE, columns: COLUMNS });
    const rows = this.#database
      .prepare(`SELECT place FROM documents WHERE ${text} ORDER BY place`)
      .all(...parameters as ColumnValue[]);
    return rows.map(({ place }) => Number(place));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

Deno.test("filterSql() says in SQLite what the filter means", () => {
  const documents = fc.array(DOCUMENT, { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(documents, fc.array(FILTER, { minLength: 1, maxLength: 20 }), (all, filters) => {
      using table = new Table(all);
      for (const filter of filters) {
        const right = all.flatMap((one, i) => matches(filter, one) ? [i] : []);
        assert.deepEqual(table.taken(filter), right);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("filterSql() is as wide as a filter may be, and as deep", () => {
  const document = { brand: null, 'odd "name"; --': null, n: 7, price: null };
  using table = new Table([document]);
  const eq = (value: number): Filter => ({ kind: "eq", column: "n", value });
  for (const kind of ["and", "or"] as const) {
    const wide: Filter = { kind, of: Array.from({ length: 1000 }, (_, i) => eq(i)) };
    assert.deepEqual(table.taken(wide), kind === "or" ? [0] : []);
    let deep = eq(7);
    for (let i = 0; i < 32; i++) deep = { kind, of: [deep, eq(7)] };
    assert.deepEqual(table.taken(deep), [0]);
  }
});

Deno.test("filterSql() writes no value and no name into the text as it stands", () => {
  const name = 'a" OR 1=1; --';
  const filter: Filter = {
    kind: "or",
    of: [
      { kind: "lt", column: name, value: "'; DROP TABLE x; --" },
      { kind: "nin", column: name, values: ["x'"] },
    ],
  };
  const columns: Columns = { [name]: "str" };
  assert.deepEqual(filterSql(filter, { dialect: SQLITE, columns }), {
    text: '("a"" OR 1=1; --" < ? OR ("a"" OR 1=1; --" IS NOT NULL AND NOT ' +
      '"a"" OR 1=1; --" IN (SELECT value FROM json_each(?))))',
    parameters: ["'; DROP TABLE x; --", '["x\'"]'],
  });
  const column = (own: string) => `d.c_${own.length}`;
  assert.deepEqual(filterSql(filter, { dialect: POSTGRES, columns, column, first: 3 }), {
    text: '(d.c_13 COLLATE "C" < $3::text OR ' +
      "(d.c_13 IS NOT NULL AND NOT d.c_13 = ANY($4::text[])))",
    parameters: ["'; DROP TABLE x; --", ["x'"]],
  });
});

Deno.test("filterSql() gives PostgreSQL each value in its column's type", () => {
  const filter: Filter = {
    kind: "and",
    of: [
      { kind: "eq", column: "brand", value: "a" },
      { kind: "gte", column: "n", value: 1 },
      { kind: "in", column: "n", values: [1, 2] },
      { kind: "neq", column: "price", value: 0.5 },
    ],
  };
  assert.deepEqual(filterSql(filter, { dialect: POSTGRES, columns: COLUMNS }), {
    text: '(("brand" = $1::text AND "n" >= $2::bigint) AND ' +
      '("n" = ANY($3::bigint[]) AND "price" <> $4::float8))',
    parameters: ["a", 1, [1, 2], 0.5],
  });
});

Deno.test("filterSql() throws for a column that the table lacks", () => {
  const filter: Filter = { kind: "eq", column: "toString", value: 1 };
  assert.throws(() => filterSql(filter, { dialect: SQLITE, columns: COLUMNS }), TypeError);
});
