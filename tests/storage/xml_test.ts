import assert from "node:assert/strict";
import { parseXml } from "../../src/storage/xml.ts";

Deno.test("elements, their text and what is escaped in it", () => {
  const root = parseXml(
    `<?xml version="1.0"?><s3:List xmlns:s3="u"><Key>a&amp;b&#x9;</Key><Key><![CDATA[<c>]]></Key></s3:List>`,
  );
  assert.equal(root.name, "List");
  assert.deepEqual(root.all("Key").map(({ text }) => text), ["a&b\t", "<c>"]);
  assert.equal(root.child("None"), undefined);
  assert.equal(root.find("Key")?.text, "a&b\t");
});

Deno.test("what is no XML, or may be an attack, is refused", () => {
  const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>';
  for (const text of ["", "hello", "<a><b></a>", "<a>", "<a>&b;</a>", bomb, "<a>".repeat(100)]) {
    assert.throws(() => parseXml(text), Error, text);
  }
});
