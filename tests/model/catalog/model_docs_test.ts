import assert from "node:assert/strict";
import { CATALOG } from "../../../src/model/catalog/catalog.ts";
import { FAMILY_NAMES } from "../../../src/model/catalog/families.ts";
import {
  CATALOG_PAGE,
  MODEL_PAGE,
  withCatalogTables,
  withGeneratedTables,
} from "../../../tools/generate_model_docs.ts";

Deno.test("docs/models.md and docs/catalog.md are what the catalog says (deno run -A tools/generate_model_docs.ts)", async () => {
  const page = await Deno.readTextFile(MODEL_PAGE);
  assert.equal(page, withGeneratedTables(page));
  for (const name of FAMILY_NAMES) assert.ok(page.includes(`\n| \`${name}\` | `), name);
  const catalog = await Deno.readTextFile(CATALOG_PAGE);
  assert.equal(catalog, withCatalogTables(catalog));
  for (const { name } of CATALOG) {
    assert.equal(catalog.split(`\n| \`${name}\` | `).length, 4, `${name} is in all tables`);
  }
});

Deno.test("withCatalogTables() puts a changed table right and misses no mark", () => {
  const marks = "<!-- generated:models -->x<!-- /generated:models -->\n" +
    "kept\n<!-- generated:spellings -->y<!-- /generated:spellings -->\n" +
    "<!-- generated:files -->z<!-- /generated:files -->";
  const page = withCatalogTables(marks);
  assert.match(page, /\nkept\n/);
  assert.match(
    page,
    /\| `ViT-B-32::openai` \| `ViT-B\/32`, `ViT-B-32` \| 512 \| 224 \| 77 \| 151.3 \| QuickGELU \|/,
  );
  assert.match(
    page,
    /\| `ViT-B-32::openai` \| `openai\/clip-vit-base-patch32`, .*`Xenova\/clip-vit/,
  );
  assert.equal(withCatalogTables(page), page);
  assert.throws(() => withCatalogTables("nothing"), /has no <!-- generated:models -->/);
});
