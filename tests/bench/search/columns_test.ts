import assert from "node:assert/strict";
import { columnValues, FILTERS } from "../../../bench/search/columns.ts";
import { Mixture } from "../../../bench/search/mixture.ts";

Deno.test("Filters of the bench take the share that they are named by", () => {
  const mixture = new Mixture();
  const documents = Array.from({ length: 20 }, (_, block) => mixture.documents(block))
    .flatMap(({ centres }) => [...centres])
    .map((centre, number) => columnValues(number, centre));
  for (const { name, filter: { column, below } } of FILTERS) {
    const taken = documents.filter((values) => values[column]! < below).length;
    const share = Number(/^[\d.]+/.exec(name)![0]) / 100;
    const exact = column === "n";
    const off = Math.abs(taken / documents.length - share);
    assert.ok(exact ? off < 1e-9 : off < 0.2 * share, `${name}: ${taken}`);
  }
});
