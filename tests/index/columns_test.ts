import assert from "node:assert/strict";
import { type ColumnType, columnValues, toColumnValue } from "../../src/index/columns.ts";
import { ClipError } from "../../src/errors.ts";

Deno.test("toColumnValue() takes values of the type, and those of others that spell one", () => {
  const cases: [unknown, ColumnType, string | number][] = [
    ["acme", "str", "acme"],
    ["", "str", ""],
    [5, "str", "5"],
    [1.5, "str", "1.5"],
    [true, "str", "true"],
    ["x".repeat(2048), "str", "x".repeat(2048)],
    [5, "int", 5],
    [5.0, "int", 5],
    ["5", "int", 5],
    [" -5.0 ", "int", -5],
    [true, "int", 1],
    [false, "float", 0],
    [2 ** 53 - 1, "int", 2 ** 53 - 1],
    [0.1, "float", 0.1],
    ["1e3", "float", 1000],
    [".5", "float", 0.5],
    [1e300, "float", 1e300],
    [-0, "float", 0],
    [-0, "int", 0],
    ["-0", "int", 0],
  ];
  for (const [value, type, expected] of cases) {
    assert.deepEqual(toColumnValue(value, type), { value: expected }, `${value} as ${type}`);
  }
});

Deno.test("toColumnValue() says why a value is none of the type", () => {
  const cases: [unknown, ColumnType, string][] = [
    [["a"], "str", "expected a text, got a list"],
    [{}, "str", "expected a text, got an object"],
    [null, "int", "expected a whole number, got null"],
    ["many", "int", 'expected a whole number, got the text "many"'],
    ["", "float", 'expected a number, got the text ""'],
    ["0x10", "float", 'expected a number, got the text "0x10"'],
    ["1".repeat(1000), "float", `expected a number, got the text "${"1".repeat(40)}…"`],
    [1.5, "int", "expected a whole number, got 1.5"],
    [2 ** 53, "int", "9007199254740992 is beyond 2^53, where whole numbers are no longer exact"],
    [-1e300, "int", "-1e+300 is beyond 2^53, where whole numbers are no longer exact"],
    [NaN, "float", "NaN is no number that can be compared"],
    ["1e999", "float", "Infinity is no number that can be compared"],
    ["\udc00", "str", "the text has half of a pair of UTF-16, which is no character"],
    ["\0", "str", "the text has the character U+0000"],
    ["x".repeat(2049), "str", "the text has more than 2048 bytes of UTF-8"],
    ["日".repeat(683), "str", "the text has more than 2048 bytes of UTF-8"],
  ];
  for (const [value, type, fault] of cases) {
    assert.deepEqual(toColumnValue(value, type), { fault });
  }
});

Deno.test("columnValues() has a value of each declared column, and null for those without", () => {
  const columns = { brand: "str", n: "int", toString: "str", price: "float" } as const;
  assert.deepEqual(columnValues(columns, { brand: "acme", n: 3, other: [] }), {
    brand: "acme",
    n: 3,
    toString: null,
    price: null,
  });
  assert.deepEqual(columnValues({ n: "int" }, undefined), { n: null });
  assert.deepEqual(columnValues({ n: "int" }, { n: null }), { n: null });
  assert.deepEqual(columnValues({}, { n: 1 }), {});
});

Deno.test("columnValues() names the tag that does not fit", () => {
  assert.throws(
    () => columnValues({ price: "float" }, { price: "cheap" }),
    new ClipError(
      "document",
      "tags.price: expected a number, got the text \"cheap\" (the column 'price' is declared as float)",
    ),
  );
});
