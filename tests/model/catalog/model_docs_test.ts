import assert from "node:assert/strict";
import { CATALOG } from "../../../src/model/catalog/catalog.ts";
import { MODEL_PAGE, withGeneratedTables } from "../../../tools/generate_model_docs.ts";

Deno.test("docs/models.md is what the catalog says (deno run -A tools/generate_model_docs.ts)", async () => {
  const page = await Deno.readTextFile(MODEL_PAGE);
  assert.equal(page, withGeneratedTables(page));
  for (const { name } of CATALOG) {
    assert.equal(page.split(`| \`${name}\` |`).length, 4, `${name} is in all tables`);
  }
});

Deno.test("withGeneratedTables() puts a changed table right and misses no mark", () => {
  const marks = "<!-- generated:models -->x<!-- /generated:models -->\n" +
    "kept\n<!-- generated:spellings -->y<!-- /generated:spellings -->\n" +
    "<!-- generated:files -->z<!-- /generated:files -->";
  const page = withGeneratedTables(marks);
  assert.match(page, /\nkept\n/);
  assert.match(
    page,
    /\| `ViT-B-32::openai` \| `ViT-B\/32`, `ViT-B-32` \| 512 \| 224 \| QuickGELU \|/,
  );
  assert.match(
    page,
    /\| `ViT-B-32::openai` \| `openai\/clip-vit-base-patch32`, .*`Xenova\/clip-vit/,
  );
  assert.equal(withGeneratedTables(page), page);
  assert.throws(() => withGeneratedTables("nothing"), /has no <!-- generated:models -->/);
});
