/** Files that are cut, changed or lie: rows and bad rows come of them, and an end. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { ClipError } from "../../../src/errors.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { bad, good, inFolder, JPEG, keysOf, readRows } from "./read_rows.ts";
import { withWrittenFiles } from "./written_files.ts";

async function tarOf(members: [string, string | Uint8Array][]): Promise<Uint8Array> {
  const tar = pack();
  for (const [name, content] of members) tar.entry({ name }, Buffer.from(content));
  tar.finalize();
  return Buffer.concat(await Array.fromAsync(tar as AsyncIterable<Uint8Array>));
}

const SAMPLES: [string, string | Uint8Array][] = [
  ["a.jpg", JPEG],
  ["a.txt", "a cat"],
  ["b.jpg", JPEG],
  ["b.json", '{"caption":"a dog"}'],
  [`${"long".repeat(50)}.txt`, "é"],
];

/** Reads what may be anything: a refusal of the whole is an answer too. */
async function readAnything(path: string, options = {}): Promise<number> {
  try {
    const rows = await readRows(path, options);
    assert.equal(new Set(keysOf(rows)).size, rows.length);
    return rows.length;
  } catch (thrown) {
    assert.ok(thrown instanceof ClipError && thrown.kind === "config", String(thrown));
    return 0;
  }
}

Deno.test("every cut of a tar file ends in rows and bad rows", async () => {
  const tar = await tarOf(SAMPLES);
  await inFolder({}, async (folder) => {
    const path = join(folder, "s.tar");
    let least = 0;
    for (let length = 1; length < tar.length; length += length % 512 === 0 ? 1 : 73) {
      await Deno.writeFile(path, tar.subarray(0, length));
      const rows = await readRows(path);
      const goods = rows.filter((row) => !("reason" in row)).length;
      assert.ok(rows.length <= 5 && rows.length > 0, `${length}: ${rows.length}`);
      // What is behind it makes no row before it bad.
      assert.ok(goods >= least, `${length}`);
      least = goods >= 1 && length > 3072 ? 1 : 0;
    }
  });
});

Deno.test("a tar file that breaks off does not take the next one with it", async () => {
  const tar = await tarOf(SAMPLES);
  const files = { "0.tar": tar.subarray(0, 2563), "1.tar": tar };
  await inFolder(files, async (folder) => {
    const rows = await readRows(join(folder, "*.tar"));
    assert.deepEqual(keysOf(rows).slice(0, 3), ["0.tar/a", "0.tar/b", "0.tar#rest"]);
    assert.equal(good(rows[0]).text, "a cat");
    assert.match(bad(rows[1]).reason, /breaks off within this sample/);
    assert.match(bad(rows[2]).reason, /cannot be read: it is cut short/);
    assert.equal(good(rows[3]).key, "1.tar/a");
    assert.equal(rows.length, 6);
  });
});

Deno.test("samples of one name are told apart, and too large members are bad rows", async () => {
  const members: [string, string | Uint8Array][] = [
    ["x.txt", "one"],
    ["x.txt", "two"],
    ["y.jpg", new Uint8Array(200)],
    ["x.txt", "three"],
    ["z.cls", "7"],
    ["j.txt", "k"],
    ["j.json", "{bad"],
    [".hidden", "x"],
    ["__meta__/x.txt", "x"],
  ];
  await inFolder({ "s.tar": await tarOf(members) }, async (folder) => {
    const rows = await readRows(join(folder, "s.tar"), { maxImageBytes: 100 });
    const keys = ["s.tar/x", "s.tar/x#2", "s.tar/y", "s.tar/x#4", "s.tar/z", "s.tar/j"];
    assert.deepEqual(keysOf(rows), keys);
    assert.match(bad(rows[2]).reason, /\.jpg is larger than 100 bytes/);
    assert.match(bad(rows[4]).reason, /no image or caption; it has .cls/);
    assert.match(bad(rows[5]).reason, /\.json is broken/);
  });
});

Deno.test("a member that says it has ten gigabytes is not waited for in memory", async () => {
  const tar = await tarOf([["a.txt", "x"], ["b.jpg", JPEG], ["c.txt", "y"]]);
  const header = tar.subarray(1024, 1536);
  header.set(new TextEncoder().encode("112402762000"), 124);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((all, byte) => all + byte, 0).toString(8).padStart(6, "0");
  header.set(new TextEncoder().encode(`${sum}\0 `), 148);
  await inFolder({ "s.tar": tar }, async (folder) => {
    const rows = await readRows(join(folder, "s.tar"));
    assert.deepEqual(keysOf(rows), ["s.tar/a", "s.tar/b", "s.tar#rest"]);
    assert.match(bad(rows[1]).reason, /larger than|breaks off/);
  });
});

Deno.test("every cut of a CSV and of a JSONL file ends in rows and bad rows", async () => {
  const csv = 'text,n\r\n"a\r\n""é""",1\r\n\r\nb,"2"\r\n"c",3';
  const jsonl = '{"text":"a é","n":{"x":[1,"\\u00e9"]}}\r\n\n{"text":"b"}';
  await inFolder({}, async (folder) => {
    for (const [name, content] of [["t.csv", csv], ["t.jsonl", jsonl]] as const) {
      const bytes = new TextEncoder().encode(content);
      for (let length = 0; length <= bytes.length; length++) {
        await Deno.writeFile(join(folder, name), bytes.subarray(0, length));
        assert.ok(await readAnything(join(folder, name)) <= 3);
      }
    }
  });
});

Deno.test("a bomb of gzip is one line that is too long", async () => {
  await inFolder({ "t.txt.gz": gzipSync(new Uint8Array(200 << 20)) }, async (folder) => {
    const before = Deno.memoryUsage().rss;
    const rows = await readRows(join(folder, "t.txt.gz"));
    assert.match(bad(rows[0]).reason, /longer than/);
    assert.ok(Deno.memoryUsage().rss - before < 150 << 20);
  });
});

Deno.test("Parquet files with changed and missing bytes end in rows and bad rows", async () => {
  await withWrittenFiles(async (written) => {
    const random = seededRandom(17);
    for (const name of ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]) {
      const whole = await Deno.readFile(join(written, `${name}.parquet`));
      const path = join(written, "damaged.parquet");
      for (let i = 0; i < 25; i++) {
        const bytes = whole.slice(0, i % 5 === 0 ? random.below(whole.length) : whole.length);
        // Half of the changes are in the footer, where the lies are.
        const from = i % 2 === 0 ? Math.max(0, bytes.length - 6000) : 0;
        for (let n = 0; n < 1 + i % 8 && bytes.length > from; n++) {
          bytes[from + random.below(bytes.length - from)] = random.below(256);
        }
        await Deno.writeFile(path, bytes);
        await readAnything(path, { text: "caption", image: "jpg" });
      }
    }
  });
});

Deno.test("a broken Parquet file is a bad row, and the next file goes on", async () => {
  await withWrittenFiles(async (folder) => {
    const whole = await Deno.readFile(join(folder, "snappy.parquet"));
    await Deno.writeFile(join(folder, "a.parquet"), whole.subarray(0, 5000));
    // The second row group's pages are noise: each of its rows is bad, so that counts stay.
    whole.fill(0xff, whole.length * 0.45, whole.length * 0.5);
    await Deno.writeFile(join(folder, "b.parquet"), whole);
    const rows = await readRows(join(folder, "{a,b}.parquet"), { text: "caption" });
    assert.equal(rows[0]!.key, "a.parquet#rest");
    assert.match(bad(rows[0]).reason, /cut short, or no Parquet/);
    assert.equal(rows.length, 251);
    assert.ok(rows.slice(1).some((row) => "reason" in row && /row group cannot/.test(row.reason)));
    assert.ok(rows.slice(1).some((row) => !("reason" in row)));
  });
});
