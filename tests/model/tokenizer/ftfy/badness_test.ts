import assert from "node:assert/strict";
import fc from "fast-check";
import { BADNESS_TRIGGERS, isBad } from "../../../../src/model/tokenizer/ftfy/badness.ts";
import tables from "../../../../src/model/tokenizer/ftfy/mojibake_tables.json" with {
  type: "json",
};

Deno.test("isBad() tells mojibake from text that only looks unusual", () => {
  for (const bad of ["Ã©", "â€™", "вЂ", "Р€С", "à²", "√©", "œ ", "\x85"]) {
    assert.ok(isBad(bad), bad);
  }
  for (
    const good of ["é", "naïve", "œuvre", "Привет", "“quoted”", "ÀÉ", "10€", "(ò_ó)", "x² + y³"]
  ) {
    assert.ok(!isBad(good), good);
  }
});

Deno.test("isBad() is never true without one of the triggers", () => {
  const trigger = new RegExp(`[${BADNESS_TRIGGERS}]`, "u");
  const members = Object.values(tables.categories).map((inside) => {
    const member = new RegExp(`[${inside}]`);
    return Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code))
      .filter((c) => member.test(c));
  });
  const unit = fc.oneof(
    ...members.map((all) => fc.constantFrom(...all)),
    fc.constantFrom(..." aZz.\n·°ØÙœŒ²×√≈‚ÄвЂβ€ā"),
  );
  let bad = 0;
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 5 }), (units) => {
      const text = units.join("");
      if (!isBad(text)) return;
      bad++;
      assert.match(text, trigger);
    }),
    { numRuns: 20_000, seed: 13 },
  );
  assert.ok(bad > 1000);
});
