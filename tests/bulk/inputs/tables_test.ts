import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bad, good, inFolder, JPEG, keysOf, readRows } from "./read_rows.ts";
import { imageServer } from "./image_server.ts";

Deno.test("rows of a CSV have its columns, and the line on which they begin as key", async () => {
  const csv = '\ufeffid,caption,"n,x"\r\n1,"a\r\n""b""",7\r\n\r\n2,c,\n3,d "e" f,é\n4,only\n5,,0';
  await inFolder({ "t.csv": csv }, async (folder) => {
    const rows = await readRows(join(folder, "t.csv"), { text: "caption" });
    assert.deepEqual(keysOf(rows), ["t.csv:2", "t.csv:5", "t.csv:6", "t.csv:7", "t.csv:8"]);
    assert.equal(good(rows[0]).text, 'a\r\n"b"');
    assert.deepEqual(good(rows[0]).metadata, { id: "1", "n,x": "7" });
    assert.equal(good(rows[2]).text, 'd "e" f');
    assert.match(bad(rows[3]).reason, /has 2 fields, and the header names 3 columns/);
    assert.match(bad(rows[4]).reason, /column 'caption' is empty/);
  });
});

Deno.test("the delimiter is the ending's or the header's", async () => {
  const files = { "a.tsv": "id\ttext\n1\ta,b", "b.csv": "id;text\n1;a,b", "c.csv": "text\na" };
  await inFolder(files, async (folder) => {
    for (const [name, text] of [["a.tsv", "a,b"], ["b.csv", "a,b"], ["c.csv", "a"]] as const) {
      assert.equal(good((await readRows(join(folder, name)))[0]).text, text);
    }
  });
});

Deno.test("a column that is not there is refused, with all that are and the nearest", async () => {
  const files = { "t.csv": "id,caption\n1,a", "t.jsonl": '{"id":1,"caption":"a"}\n', "e.csv": "" };
  await inFolder(files, async (folder) => {
    for (const name of ["t.csv", "t.jsonl"]) {
      await assert.rejects(readRows(join(folder, name), { text: "captoin" }), {
        kind: "config",
        message: `'${join(folder, name)}' has no column 'captoin' (--text); ` +
          "did you mean 'caption'?\nIts columns are: 'id', 'caption'",
      });
      await assert.rejects(readRows(join(folder, name)), /Which column .* --text or --image/);
    }
    await assert.rejects(readRows(join(folder, "e.csv")), { kind: "config", message: /is empty/ });
  });
});

Deno.test("a quote that is never closed costs the rest of its file and no other's", async () => {
  const files = { "a.csv": 'text\none\n"two\nthree\n', "b.csv": "text\nfour" };
  await inFolder(files, async (folder) => {
    const rows = await readRows(join(folder, "*.csv"));
    assert.deepEqual(keysOf(rows), ["a.csv:2", "a.csv#rest", "b.csv:2"]);
    assert.match(bad(rows[1]).reason, /a quote is opened and never closed/);
  });
});

Deno.test("bytes that are no UTF-8 make a row of a CSV bad", async () => {
  const latin1 = Uint8Array.from("text\ncaf\xe9\ntea\n", (letter) => letter.charCodeAt(0));
  await inFolder({ "t.csv": latin1 }, async (folder) => {
    const rows = await readRows(join(folder, "t.csv"));
    assert.match(bad(rows[0]).reason, /not UTF-8/);
    assert.equal(good(rows[1]).text, "tea");
  });
});

Deno.test("JSON lines: nested values are told as JSON, and broken lines are bad", async () => {
  const lines = [
    '{"text":"a","n":{"x":[1]},"big":1e400,"no":null,"__proto__":{"y":1}}',
    "",
    "[1]",
    "{bad",
    '{"text":["a"]}',
    '{"text":12}',
    '{"n":1}',
  ];
  await inFolder({ "t.jsonl.gz": gzipSync(lines.join("\n")) }, async (folder) => {
    const rows = await readRows(join(folder, "t.jsonl.gz"));
    const numbers = [1, 3, 4, 5, 6, 7];
    assert.deepEqual(keysOf(rows), numbers.map((line) => `t.jsonl.gz:${line}`));
    const { metadata } = good(rows[0]);
    assert.deepEqual(Object.entries(metadata), [
      ["n", '{"x":[1]}'],
      ["big", null],
      ["no", null],
      ["__proto__", '{"y":1}'],
    ]);
    assert.equal(Object.getPrototypeOf(metadata), Object.prototype);
    assert.match(bad(rows[1]).reason, /no object/);
    assert.match(bad(rows[2]).reason, /no JSON/);
    assert.match(bad(rows[3]).reason, /'text' holds a list, not text/);
    assert.equal(good(rows[4]).text, "12");
    assert.match(bad(rows[5]).reason, /column 'text' is missing/);
  });
});

Deno.test("images of a table are paths beside it, data: URIs and URLs", async () => {
  await using server = imageServer(JPEG);
  const data = `data:image/jpeg;base64,${JPEG.toBase64()}`;
  const csv = ["image,text", "a.jpg,a", `"${data}",b`, `${server.url}c.jpg,c`, "gone.jpg,d"];
  await inFolder({ "x/t.csv": csv.join("\n"), "x/a.jpg": JPEG }, async (folder) => {
    const rows = await readRows(join(folder, "x/t.csv"), { allowPrivateUris: true });
    for (const row of rows.slice(0, 3)) assert.deepEqual(await good(row).image!(), JPEG);
    const metadata = rows.map((row) => good(row).metadata);
    const image = `${server.url}c.jpg`;
    assert.deepEqual(metadata, [{ image: "a.jpg" }, {}, { image }, { image: "gone.jpg" }]);
    await assert.rejects(async () => await good(rows[3]).image!(), /gone.jpg': it is not there/);
    // Nothing private is fetched unless that is allowed.
    const [, , closed] = await readRows(join(folder, "x/t.csv"));
    await assert.rejects(async () => await good(closed).image!(), { kind: "document" });
  });
});
