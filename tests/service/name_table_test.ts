import assert from "node:assert/strict";
import fc from "fast-check";
import { NameTable } from "../../src/service/name_table.ts";

const table = (...all: { name: string; models: string[] }[]) => new NameTable(all);

Deno.test("an executor's own name comes before what models are called", () => {
  const names = table(
    { name: "a", models: ["ViT-B-32::openai", "ViT-B-32"] },
    { name: "ViT-B-32", models: ["ViT-L-14::openai"] },
  );
  assert.equal(names.find("ViT-B-32")?.name, "ViT-B-32");
  assert.equal(names.find("vit_b_32")?.name, "ViT-B-32");
  assert.equal(names.find("ViT-B-32::openai")?.name, "a");
});

Deno.test("the name that a flow writes comes before what is known of a model before it", () => {
  const names = table(
    { name: "a", models: ["ViT-B-32::openai", "ViT-B-32", "clip-ViT-B-32"] },
    { name: "b", models: ["clip-ViT-B-32"] },
  );
  assert.equal(names.find("clip-ViT-B-32")?.name, "b");
  assert.equal(names.find("clip_vit_b_32")?.name, "b");
  assert.equal(names.find("ViT-B-32")?.name, "a");
});

Deno.test("names that differ in separators only are told apart where they are written exactly", () => {
  const names = table({ name: "clip_a", models: [] }, { name: "clip-a", models: [] });
  assert.equal(names.find("clip_a")?.name, "clip_a");
  assert.equal(names.find("clip-a")?.name, "clip-a");
  assert.notEqual(names.find("CLIP/A"), undefined);
});

Deno.test("no name is the first, unless something is called so", () => {
  const first = table({ name: "a", models: ["one"] }, { name: "b", models: ["two"] });
  for (const none of ["", " ", "default", "Default", "default/not-specified"]) {
    assert.equal(first.find(none)?.name, "a", none);
  }
  const called = table({ name: "a", models: ["one"] }, { name: "default", models: ["two"] });
  assert.equal(called.find("default")?.name, "default");
  assert.equal(called.find("")?.name, "a");
});

Deno.test("a name that nothing has is undefined, also one of the prototype's or a long one", () => {
  const names = table({ name: "a", models: ["one"] });
  for (const none of ["b", "__proto__", "constructor", "on", "ones", "one".repeat(1_000_000)]) {
    assert.equal(names.find(none), undefined);
  }
});

Deno.test("every executor is found by its name, and by the name that clients are shown", () => {
  const name = fc.stringMatching(/^[aAbB_/-]{1,3}$/);
  const executors = fc.uniqueArray(fc.record({ name, models: fc.array(name, { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 6,
    selector: (each) => each.name,
  });
  fc.assert(
    fc.property(executors, (all) => {
      const names = new NameTable(all);
      for (const each of all) {
        assert.equal(names.find(each.name), each);
        assert.equal(names.find(names.idOf(each)), each);
        for (const model of each.models) assert.notEqual(names.find(model), undefined);
      }
      assert.equal(new Set(all.map((each) => names.idOf(each))).size, all.length);
    }),
    { seed: 1, numRuns: 1000 },
  );
});
