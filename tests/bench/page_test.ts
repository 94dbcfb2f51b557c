import assert from "node:assert/strict";
import { betweenMarks, markdownTable } from "../../bench/page.ts";

Deno.test("markdownTable() writes head, alignment and rows", () => {
  const table = markdownTable(["a", "b"], [["1", "2"], ["3", "4"]], (i) => i === 0 ? "---" : "--:");
  assert.equal(table, "| a | b |\n| --- | --: |\n| 1 | 2 |\n| 3 | 4 |");
});

Deno.test("betweenMarks() replaces what is between a page's marks and nothing else", () => {
  const page = "before\n<!-- measured:x -->\nold\n<!-- /measured:x -->\nafter\n";
  const wanted = "before\n<!-- measured:x -->\n\nnew\n\n<!-- /measured:x -->\nafter\n";
  assert.equal(betweenMarks(page, "x", "new"), wanted);
  assert.equal(betweenMarks(wanted, "x", "new"), wanted);
});

Deno.test("betweenMarks() refuses a page without the marks, or with them in the wrong order", () => {
  for (const page of ["", "<!-- measured:x -->", "<!-- /measured:x --> <!-- measured:x -->"]) {
    assert.throws(() => betweenMarks(page, "x", "new"), /measured:x/);
  }
});
