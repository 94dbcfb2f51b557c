/** docs/scaling.md has what the simulation and the calculator say. */
import assert from "node:assert/strict";
import { planBlock } from "../../../bench/scaling/tables/derived.ts";
import { SECTIONS } from "../../../bench/scaling/tables/sections.ts";
import { tableRows } from "../../docs/tables.ts";

const PAGE = Deno.readTextFileSync(new URL("../../../docs/scaling.md", import.meta.url));

/** What the page has between the marks of a table. */
function shown(name: string): string {
  const [, text] =
    new RegExp(`<!-- measured:scaling-${name} -->\\n([\\s\\S]*?)<!-- /measured:scaling-${name} -->`)
      .exec(PAGE) ?? [];
  assert.ok(text, `docs/scaling.md has no table '${name}'`);
  return text.trim();
}

Deno.test("every table of the simulation has its place in the page, and is there", () => {
  for (const name of [...Object.keys(SECTIONS), "real"]) {
    assert.ok(shown(name).length > 100, `${name} is empty`);
  }
});

// Those that take a second or two; the others are made in the same way.
for (const name of ["gateway", "slow", "faults", "lost"]) {
  Deno.test(`the same seed makes the page's table '${name}'`, () => {
    const cells = (text: string) => tableRows(text).map((row) => row.cells);
    assert.deepEqual(cells(shown(name)), cells(SECTIONS[name]!(1)));
  });
}

for (const name of ["plan-million", "plan-billion", "plan-billion-cpu"]) {
  Deno.test(`the page's '${name}' is what its command prints`, () => {
    assert.equal(shown(name), SECTIONS[name]!(1));
    const options = /plan\.ts (.*)\n```\n\n$/.exec(
      PAGE.slice(0, PAGE.indexOf(`<!-- measured:scaling-${name} -->`)),
    )?.[1];
    assert.ok(options, "no command stands before it");
    assert.equal(SECTIONS[name]!(1), planBlock(options));
  });
}
