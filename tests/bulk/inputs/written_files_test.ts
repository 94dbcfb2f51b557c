/** Tar files of WebDataset and Parquet files of pyarrow, as img2dataset writes them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openInputs } from "../../../src/bulk/inputs/open_inputs.ts";
import { shardOf } from "../../../src/bulk/inputs/shard.ts";
import { bad, good, keysOf, readRows, rowsOf } from "./read_rows.ts";
import { withWrittenFiles, writtenImage } from "./written_files.ts";

Deno.test("files of WebDataset and pyarrow", async (t) => {
  await withWrittenFiles(async (folder) => {
    const at = (name: string) => join(folder, name);

    await t.step("a sample of a tar file is a row with image, caption and metadata", async () => {
      const rows = await readRows(at("{00000..00001}.tar"));
      assert.equal(rows.length, 16);
      assert.deepEqual(keysOf(rows).slice(7, 9), ["00000.tar/000000007", "00001.tar/000000008"]);
      for (const [i, row] of rows.entries()) {
        const { text, image, metadata } = good(row);
        // Where there is no .txt, the caption is in the .json.
        assert.equal(text, `a cat ${i}`);
        assert.deepEqual(await image!(), writtenImage(i));
        const url = `http://host/${i}.jpg`;
        assert.deepEqual(metadata, { url, width: 32, exif: `{"a":${i}}` });
      }
    });

    await t.step("how much has been read is known of tar files, not of Parquet", async () => {
      const tar = await openInputs([at("00000.tar")]);
      await rowsOf(tar);
      assert.equal(tar.readShare!(), 1);
      const parquet = (await Array.fromAsync(Deno.readDir(folder)))
        .map(({ name }) => name).find((name) => name.endsWith(".parquet"))!;
      assert.equal((await openInputs([at(parquet), at("00000.tar")])).readShare!(), undefined);
    });

    await t.step("only the members that are named are taken", async () => {
      const images = await readRows(at("00000.tar"), { image: "jpg" });
      assert.equal(good(images[0]).text, undefined);
      assert.equal(good(images[0]).metadata["caption"], "a cat 0");
      const texts = await readRows(at("00000.tar"), { text: "txt" });
      assert.equal(good(texts[0]).image, undefined);
      assert.match(bad(texts[3]).reason, /has no 'txt'; it has .jpg, .json/);
      const fields = await readRows(at("00000.tar"), { text: "url" });
      assert.equal(good(fields[2]).text, "http://host/2.jpg");
      const wrong = openInputs([at("00000.tar")], { image: "jpeg" });
      await assert.rejects(wrong, { kind: "config", message: /did you mean 'jpg'/ });
    });

    await t.step("packed tar files, long names and labels", async () => {
      assert.equal((await readRows(at("00002.tar.gz"))).length, 4);
      const [row, ...none] = await readRows(at("long.tar"));
      assert.equal(row!.key, `long.tar/very/${"long".repeat(60)}/é`);
      assert.deepEqual(good(row).metadata, { cls: "7" });
      assert.deepEqual(await good(row).image!(), writtenImage(1));
      assert.deepEqual(none, []);
    });

    await t.step("rows of Parquet of every compression, with skipping", async () => {
      for (const codec of ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]) {
        const input = await openInputs([at(`${codec}.parquet`)], { text: "caption", image: "jpg" });
        assert.equal(input.count, 250);
        const rows = await rowsOf(input);
        assert.equal(rows.length, 250, codec);
        const { key, text, image, metadata } = good(rows[213]);
        assert.equal(key, `${codec}.parquet:214`);
        assert.equal(text, "a dog 213");
        assert.deepEqual(await image!(), writtenImage(13));
        assert.deepEqual(metadata, {
          url: "http://host/213.jpg",
          key: "000000213",
          width: 2 ** 40 + 213,
          huge: String(2n ** 62n + 213n),
          tags: '["a","t213"]',
          when: "1970-01-01T00:03:33.000Z",
          score: 53.25,
          image: '{"path":"x.jpg"}',
        });
        assert.equal(good(rows[5]).image, undefined);
        assert.match(bad(rows[7]).reason, /column 'caption' is empty, column 'jpg' is empty/);
        for (const skip of [1, 99, 100, 150, 249, 250]) {
          assert.deepEqual(keysOf(await rowsOf(input, skip)), keysOf(rows.slice(skip)));
        }
      }
    });

    await t.step("pages of nulls only, packed with LZ4", async () => {
      const rows = await readRows(at("nulls-lz4.parquet"), { text: "caption" });
      assert.deepEqual(good(rows[0]).metadata, { note: null });
      assert.match(bad(rows[1]).reason, /column 'caption' is empty/);
      assert.deepEqual(good(rows[2]).metadata, { note: "n" });
    });

    await t.step("images of Hugging Face's datasets, and pages within windows", async () => {
      const nested = await readRows(at("zstd.parquet"), { image: "image" });
      assert.deepEqual(await good(nested[120]).image!(), writtenImage(120));
      const wide = await readRows(at("wide.parquet"));
      assert.equal(wide.length, 4000);
      for (const [i, row] of wide.entries()) {
        assert.equal(good(row).text, `text ${i}`);
        assert.equal((await good(row).image!())[4], i % 256);
      }
    });

    await t.step("shards of files are whole files, each of one shard", async () => {
      const input = await openInputs([at("*.tar"), at("*.parquet")], { text: "url" }).catch((e) =>
        e
      );
      // Others of these files have no such column.
      assert.match(String(input), /long.tar' has no members/);
      const shards = await openInputs([at("{none,snappy,gzip}.parquet")], { text: "url" });
      const seen = new Set<string>();
      for (const k of [1, 2]) {
        const shard = shardOf(shards, k, 2);
        const rows = await rowsOf(shard);
        assert.equal(shard.count, rows.length);
        assert.equal(shard.fingerprint, shards.fingerprint);
        const files = new Set(rows.map(({ key }) => key.split(":")[0]!));
        assert.equal(rows.length, files.size * 250);
        for (const file of files) assert.ok(!seen.has(file));
        for (const file of files) seen.add(file);
      }
      assert.equal(seen.size, 3);
    });

    await t.step("fewer files than shards are shared by row, and passed over unread", async () => {
      const input = await openInputs([at("00000.tar"), at("none.parquet")], { text: "url" });
      const all: string[] = [];
      for (let k = 1; k <= 3; k++) {
        const shard = shardOf(input, k, 3);
        const keys = keysOf(await rowsOf(shard));
        assert.ok(keys.length > 50);
        assert.deepEqual(keysOf(await rowsOf(shard, 20)), keys.slice(20));
        all.push(...keys);
      }
      assert.deepEqual(all.sort(), keysOf(await rowsOf(input)).sort());
    });
  });
});
