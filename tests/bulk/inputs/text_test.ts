import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { openInputs } from "../../../src/bulk/inputs/open_inputs.ts";
import { bad, good, inFolder, keysOf, readRows, rowsOf } from "./read_rows.ts";

const UTF8 = new TextEncoder();

function texts(rows: Awaited<ReturnType<typeof readRows>>): (string | undefined)[] {
  return rows.map((row) => "reason" in row ? `! ${row.reason}` : row.text);
}

Deno.test("each line of a text file is a row, whose key is the line's number", async () => {
  const files = { "c.txt": "\ufeffa cat\r\n\n  \r\nhelp \ufeff\n  a dog\nlast" };
  await inFolder(files, async (folder) => {
    const rows = await readRows(join(folder, "c.txt"));
    assert.deepEqual(keysOf(rows), ["c.txt:1", "c.txt:4", "c.txt:5", "c.txt:6"]);
    assert.deepEqual(texts(rows), ["a cat", "help \ufeff", "  a dog", "last"]);
    assert.equal(rows[1]!.place, `${join(folder, "c.txt")}:4`);
  });
});

Deno.test("lines that are not UTF-8 or too long are bad rows, and the others are read", async () => {
  const long = "x".repeat(3 << 20);
  const content = new Uint8Array([
    ...UTF8.encode("one\n"),
    0x62,
    0xff,
    ...UTF8.encode(`\n${long}\nfour`),
  ]);
  await inFolder({ "c.txt": content }, async (folder) => {
    assert.deepEqual(texts(await readRows(join(folder, "c.txt"))), [
      "one",
      "! The line cannot be read: it is not UTF-8",
      "! The line cannot be read: it is longer than 1048576 bytes",
      "four",
    ]);
  });
});

Deno.test("UTF-16 is refused with the way to make it UTF-8", async () => {
  const utf16 = Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x0a, 0);
  await inFolder({ "c.txt": utf16 }, async (folder) => {
    await assert.rejects(readRows(join(folder, "c.txt")), { kind: "config", message: /iconv/ });
  });
});

Deno.test("gzip is told by its content, in several members too", async () => {
  const packed = new Uint8Array([...gzipSync("one\ntw"), ...gzipSync("o\nthree\n")]);
  await inFolder({ "c.txt.gz": packed, "d.txt": packed }, async (folder) => {
    for (const name of ["c.txt.gz", "d.txt"]) {
      assert.deepEqual(texts(await readRows(join(folder, name))), ["one", "two", "three"]);
    }
  });
});

Deno.test("a gzip file that is cut gives what is there, and one bad row for the rest", async () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `${i * 7919 % 10007} cats`);
  const packed = gzipSync(lines.join("\n"));
  const files = { "c.txt.gz": packed.subarray(0, packed.length / 2), "d.txt": "next" };
  await inFolder(files, async (folder) => {
    const rows = await readRows([join(folder, "c.txt.gz"), join(folder, "d.txt")]);
    assert.ok(rows.length > 1000);
    assert.equal(good(rows[0]).text, lines[0]);
    assert.equal(bad(rows.at(-2)).key, "c.txt.gz#rest");
    assert.match(bad(rows.at(-2)).reason, /gzip is cut or damaged/);
    assert.equal(good(rows.at(-1)).text, "next");
  });
});

Deno.test("standard input is lines of text, or what is said, and is read once", async () => {
  const stdin = (text: string) => new Blob([text]).stream();
  const rows = await readRows("-", { stdin: stdin("a\n\nb") });
  assert.deepEqual(keysOf(rows), ["stdin:1", "stdin:3"]);
  const jsonl = stdin('{"text":"x","n":1}\n');
  const [row] = await readRows("-", { stdin: jsonl, format: "jsonl" });
  assert.deepEqual(good(row).metadata, { n: 1 });
  const csv = stdin("cap,n\nx,1\n");
  const wrong = readRows("-", { stdin: csv, format: "csv", text: "cpa" });
  await assert.rejects(wrong, { kind: "config", message: /did you mean 'cap'/ });
  const input = await openInputs(["-"], { stdin: stdin("a") });
  await rowsOf(input);
  await assert.rejects(rowsOf(input), { kind: "config", message: /read once/ });
  await assert.rejects(openInputs(["-"], { format: "parquet" }), { kind: "config" });
  await assert.rejects(openInputs(["-", "-"]), { kind: "config", message: /given twice/ });
});

Deno.test("an interruption ends the reading with its reason", async () => {
  await inFolder({ "c.txt": "a\n".repeat(400_000) }, async (folder) => {
    const input = await openInputs([join(folder, "c.txt")]);
    const abort = new AbortController();
    let count = 0;
    const reading = async () => {
      for await (const _ of input.rows(0, abort.signal)) {
        if (++count === 10) abort.abort(new Error("enough"));
      }
    };
    await assert.rejects(reading, /enough/);
    assert.ok(count < 400_000);
  });
});

Deno.test("how much has been read is known while a file is read, packed ones too", async () => {
  const text = Array.from({ length: 200_000 }, (_, i) => `${i} ${(i * 7919) % 10_007}\n`).join("");
  await inFolder({ "c.txt": text, "d.txt.gz": gzipSync(text) }, async (folder) => {
    const input = await openInputs([join(folder, "c.txt"), join(folder, "d.txt.gz")]);
    const shares: number[] = [];
    let rows = 0;
    for await (const _ of input.rows(0, new AbortController().signal)) {
      if (++rows % 100_000 === 0) shares.push(input.readShare!()!);
    }
    assert.equal(rows, 400_000);
    assert.ok(shares[0]! > 0 && shares.every((share, i) => share >= (shares[i - 1] ?? 0)));
    assert.equal(input.readShare!(), 1);
  });
});
