import assert from "node:assert/strict";
import { z } from "zod";
import { openApiSchema } from "../../../src/dialects/describing/schema.ts";
import { longList, shortList, typedItems } from "../../../src/dialects/reading/lists.ts";
import { FieldError, typed } from "../../../src/dialects/reading/typed_body.ts";
import { atOnce, inSlices, Slices } from "../../../src/encoding/slices.ts";

const ITEM = z.object({ text: z.string() });
const fault = (param: string, reason: RegExp) => (thrown: unknown) =>
  thrown instanceof FieldError && thrown.param === param && reason.test(thrown.message);

Deno.test("a long list is described by its items, and only looked at for its length", () => {
  const body = z.object({ inputs: longList(ITEM) });
  assert.deepEqual(typed({ inputs: [1] }, body), { inputs: [1] });
  assert.throws(() => typed({ inputs: [] }, body), fault("inputs", /not empty/));
  assert.throws(() => typed({ inputs: {} }, body), fault("inputs", /list/));
  assert.throws(() => typed({}, body), fault("inputs", /list/));
  assert.deepEqual(typed({ inputs: [] }, z.object({ inputs: longList(ITEM, 0) })), { inputs: [] });
  assert.deepEqual(openApiSchema(longList(ITEM)), {
    type: "array",
    minItems: 1,
    items: openApiSchema(ITEM),
  });
});

Deno.test("its items are read in their order, up to the first that is wrong", () => {
  const read = (list: unknown[]) => {
    const taken: [string, number][] = [];
    atOnce(typedItems(list, ITEM, ["inputs"], new Slices(), ({ text }, index) => {
      taken.push([text, index]);
      return 0;
    }));
    return taken;
  };
  assert.deepEqual(read([{ text: "a" }, { text: "b", more: 1 }]), [["a", 0], ["b", 1]]);
  assert.throws(() => read([{ text: "a" }, { text: 1 }, 3]), fault("inputs.1.text", /string/));
  assert.throws(() => read(["a"]), fault("inputs.0", /object/));
});

Deno.test("many items are read in slices", async () => {
  const list = new Array(1_000_000).fill({ text: "a" });
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  await inSlices((slices) => typedItems(list, ITEM, [], slices, () => 0));
  clearInterval(counting);
  assert.ok(turns > 2, `${turns} turns`);
});

Deno.test("a short list is refused for its length before its items are looked at", () => {
  const body = z.object({ parts: shortList(ITEM, 2, 1) });
  assert.deepEqual(typed({ parts: [{ text: "a", more: 1 }] }, body), { parts: [{ text: "a" }] });
  assert.throws(() => typed({ parts: [] }, body), fault("parts", /a list of 1 to 2/));
  assert.throws(() => typed({ parts: [1, 2, 3] }, body), fault("parts", /a list of 1 to 2/));
  assert.throws(() => typed({ parts: [{ text: "a" }, 2] }, body), fault("parts.1", /object/));
  assert.throws(() => typed({}, z.object({ parts: shortList(ITEM, 2) })), fault("parts", /most 2/));
  assert.deepEqual(openApiSchema(shortList(ITEM, 2, 1)), {
    type: "array",
    minItems: 1,
    maxItems: 2,
    items: openApiSchema(ITEM),
  });
});
